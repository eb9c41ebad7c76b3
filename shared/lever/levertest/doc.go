// Package levertest is the simulated Lever: a stateful stand-in for Lever's API, its OAuth server, its webhooks
// and the few web pages an admin needs. Tests use it over httptest or through Transport; the sandbox runs it as
// a server. It shares no code with the client in shared/lever, so that the two check each other; both rest on
// lever/api.md.
//
// It is deterministic: time comes from Options.Now, randomness from Options.Seed, and nothing runs in the
// background. Webhooks are pulled (Due and Report, or Pump). All methods are safe for concurrent use.
//
// # Control surface
//
// With Options.Control the server answers JSON under /control for tests from outside and for demonstrations.
// ?account= chooses the account (default: the one seeded first); a body field "user" names who acts (default:
// the first Super Admin). Deeds answer {"ok":true} or {"id":"..."}; refusals look like Lever's errors.
//
//	GET    /control/accounts                                 summaries of all accounts
//	GET    /control/summary                                  counts with and without confidential data, toggles
//	GET    /control/opportunities?active=&confidential=&q=&limit=
//	GET    /control/opportunities/{id}
//	GET    /control/opportunities/{id}/notes | /interviews
//	GET    /control/notes | /interviews | /postings | /users | /stages | /reasons      (?limit=)
//	GET    /control/webhooks | /toggles | /grants | /tokens | /deliveries?limit= | /requests?about=&of=&limit= | /hash
//	POST   /control/opportunities                            {name, email, phone, link, headline, posting, stage, confidential}
//	POST   /control/opportunities/{id}/move                  {stage}   default: the next one
//	POST   /control/opportunities/{id}/archive               {reason}  default: the first that hires nobody
//	POST   /control/opportunities/{id}/unarchive | /hire | /delete | /delete-application
//	POST   /control/opportunities/{id}/schedule              {at, minutes, subject}  at in ms, default: tomorrow
//	POST   /control/opportunities/{id}/notes                 {value, secret}
//	POST   /control/opportunities/{id}/rename                {name}
//	POST   /control/opportunities/{id}/confidential          {on}
//	POST   /control/notes/{id}/reply                         {value}
//	POST   /control/notes/{id}/delete
//	POST   /control/interviews/{id}/move                     {at}
//	POST   /control/interviews/{id}/cancel | /delete
//	POST   /control/contacts/{id}/merge                      {into}
//	POST   /control/contacts/{id}/anonymize
//	POST   /control/postings                                 {title, state, confidential}
//	POST   /control/postings/{id}/rename                     {title}
//	POST   /control/postings/{id}/state                      {state}
//	POST   /control/postings/{id}/confidential               {on}
//	POST   /control/postings/{id}/close | /delete
//	POST   /control/users                                    {name, email, role}
//	POST   /control/users/{id}/role                          {role}
//	POST   /control/users/{id}/deactivate | /reactivate
//	POST   /control/toggles                                  {event, on}  event "all" for every one
//	POST   /control/webhooks                                 {app, event, url}  app "" for a person's own
//	POST   /control/webhooks/{id}/test
//	POST   /control/deliveries/{id}/rerun
//	POST   /control/revoke                                   Revoke Access
//	POST   /control/expire                                   end all access tokens now
//	POST   /control/faults                                   Fault as JSON, delayMillis for its Delay
//	GET    /control/faults | /flooded
//	DELETE /control/faults
//	GET    /control/rules
//	PUT    /control/rules                                    the fields of Rules to change, by their Go names
package levertest
