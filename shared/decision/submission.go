package decision

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/evidenced/lever-integration/shared/fault"
)

// Outcome is what was decided.
type Outcome string

// The outcomes, a closed list. Withdrawn takes an earlier version back: the note stays, and says so.
const (
	Advance   Outcome = "advance"   // go on with the candidate
	Hire      Outcome = "hire"      // make an offer
	Hold      Outcome = "hold"      // wait before deciding
	Reject    Outcome = "reject"    // do not go on
	NoShow    Outcome = "no-show"   // the candidate did not come to the interview
	Withdrawn Outcome = "withdrawn" // the decision itself was taken back
)

// Outcomes lists all outcomes in the order in which the page and the API description show them.
func Outcomes() []Outcome { return []Outcome{Advance, Hire, Hold, Reject, NoShow, Withdrawn} }

// Decider is who took the decision. The name stands in the note; the e-mail only finds their user at Lever.
type Decider struct {
	Name  string `dynamodbav:"name" json:"name"`
	Email string `dynamodbav:"email,omitempty" json:"email,omitempty"`
}

// Submission is one version of a decision as the platform hands it over.
type Submission struct {
	Opportunity string  `dynamodbav:"opportunity" json:"opportunity"`                 // Lever's opportunity id: the candidate; the same in all versions
	Interview   string  `dynamodbav:"interview,omitempty" json:"interview,omitempty"` // Lever's interview id, when one belongs to it
	Outcome     Outcome `dynamodbav:"outcome" json:"outcome"`
	Reason      string  `dynamodbav:"reason,omitempty" json:"reason,omitempty"`
	Summary     string  `dynamodbav:"summary,omitempty" json:"summary,omitempty"`
	Rating      int     `dynamodbav:"rating,omitempty" json:"rating,omitempty"` // 1 (strong no) to 4 (strong yes); 0 = none
	By          Decider `dynamodbav:"by" json:"by"`
	DecidedAt   int64   `dynamodbav:"decidedAt" json:"decidedAt"` // milliseconds since the epoch
	Link        string  `dynamodbav:"link,omitempty" json:"link,omitempty"`
	Version     int64   `dynamodbav:"version" json:"version"` // from 1, grows with each correction
}

// Limits of a Submission, in characters (code points).
const (
	MaxSummary = 100_000
	MaxReason  = 2_000
	MaxName    = 200
	MaxEmail   = 320
	MaxLink    = 2_000
	MaxID      = 128
)

// ids of decisions, opportunities and interviews: they stand in paths, keys and markers.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*$`)

func validID(id string) bool { return len(id) <= MaxID && idPattern.MatchString(id) }

// year9999 is the last moment that a note can date.
const year9999 = 253402300799999

// Validate reports everything that is wrong with s at once: fault.Invalid with the code "invalid-decision" and a detail
// that names each field as it is spelled in JSON, without repeating what was sent.
func (s Submission) Validate() error {
	var faults []string
	check := func(ok bool, words string) {
		if !ok {
			faults = append(faults, words)
		}
	}
	check(validID(s.Opportunity), "opportunity must be the id of a candidate at Lever")
	check(s.Interview == "" || validID(s.Interview), "interview must be the id of an interview at Lever, or be left out")
	check(slices.Contains(Outcomes(), s.Outcome), "outcome must be one of "+outcomeNames())
	check(s.Rating >= 0 && s.Rating <= 4, "rating must be 1 to 4, or be left out")
	check(utf8.RuneCountInString(s.Reason) <= MaxReason, "reason may have at most "+strconv.Itoa(MaxReason)+" characters")
	check(utf8.RuneCountInString(s.Summary) <= MaxSummary, "summary may have at most "+strconv.Itoa(MaxSummary)+" characters")
	check(strings.TrimSpace(clean(s.By.Name)) != "", "by.name must name who decided")
	check(utf8.RuneCountInString(s.By.Name) <= MaxName, "by.name may have at most "+strconv.Itoa(MaxName)+" characters")
	check(validEmail(s.By.Email), "by.email must be an e-mail address, or be left out")
	check(s.DecidedAt > 0 && s.DecidedAt <= year9999, "decidedAt must be milliseconds since 1970")
	check(validLink(s.Link), "link must be an http or https address in ASCII without user name, of at most "+strconv.Itoa(MaxLink)+" characters, or be left out")
	check(s.Version >= 1, "version must be 1 or more")
	if len(faults) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "invalid-decision", "This decision cannot be accepted: "+strings.Join(faults, "; ")+".")
}

func outcomeNames() string {
	var names []string
	for _, o := range Outcomes() {
		names = append(names, string(o))
	}
	return strings.Join(names, ", ")
}

// The forms are those of docs/api/openapi.yaml, so that what is described is what is taken. A link is a URL as RFC 3986
// writes it, in ASCII, of a host without user name.
var (
	emailForm = regexp.MustCompile(`^[^@ \t\r\n]+@[^@ \t\r\n]+$`)
	linkForm  = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/([!#$&-;=?-~]|%[0-9A-Fa-f]{2})*)?$`)
)

func validEmail(email string) bool {
	return email == "" || utf8.RuneCountInString(email) <= MaxEmail && emailForm.MatchString(email)
}

func validLink(link string) bool {
	return link == "" || len(link) <= MaxLink && linkForm.MatchString(link)
}

// hash names the content of s under a decision of a tenant, so that the same version sent again with other content is
// noticed even after the content was erased.
func (s Submission) hash(tenant, id string) string {
	raw, err := json.Marshal(struct {
		Tenant, ID string
		S          Submission
	}{tenant, id, s})
	if err != nil {
		panic("decision: a submission always encodes: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// stored is what of s is worth keeping: a note never shows more of the summary than noteLimit.
func (s Submission) stored() *Submission {
	if runes := []rune(s.Summary); len(runes) > noteLimit {
		s.Summary = string(runes[:noteLimit])
	}
	return &s
}
