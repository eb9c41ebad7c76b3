package levertest

import "time"

// MergeContacts merges two people for good: the loser's candidacies move to the winner and its id is gone
// (lever/api.md section 5.5).
func (a *Account) MergeContacts(winner, loser string) error {
	return a.do(func(t tx) error {
		for _, id := range []string{winner, loser} {
			if t.st.contacts.get(id, time.Time{}) == nil {
				return notFound("contacts", id)
			}
		}
		for _, o := range t.st.opps.all(time.Time{}) {
			if o.Contact == loser {
				t.touch(o.ID, func(o *Opportunity) { o.Contact = winner })
			}
		}
		t.st.contacts.remove(loser, t.at)
		if !t.rules.MergeSilent {
			t.contactUpdated(winner)
		}
		return nil
	})
}

// Anonymize erases a person's data: contact and candidacies stay, without name and addresses
// (lever/api.md section 5.6).
func (a *Account) Anonymize(contact string) error {
	return a.do(func(t tx) error {
		if t.st.contacts.get(contact, time.Time{}) == nil {
			return notFound("contacts", contact)
		}
		t.st.contacts.update(contact, t.at, func(c *Contact) {
			*c = Contact{ID: c.ID, Name: "Anonymized", IsAnonymized: true, Emails: []string{}, Phones: []Phone{}}
		})
		for _, o := range t.st.opps.all(time.Time{}) {
			if o.Contact != contact {
				continue
			}
			t.touch(o.ID, func(o *Opportunity) {
				o.Name, o.Headline, o.Location, o.IsAnonymized = "Anonymized", nil, "", true
				o.Emails, o.Phones, o.Links = []string{}, []Phone{}, []string{}
			})
		}
		t.contactUpdated(contact)
		return nil
	})
}

func (t tx) contactUpdated(contact string) {
	t.emit(event{name: eventContactUpdated, data: map[string]any{"contactId": contact, "updatedAt": t.millis(), "accountId": t.st.id}})
}
