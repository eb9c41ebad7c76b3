package levertest

// Stage is one stage of an account's pipeline (lever/api.md section 3.10). Ids may be slugs.
type Stage struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// ArchiveReason is why an opportunity was archived; Type is "hired" or "non-hired".
type ArchiveReason struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Status string `json:"status"`
	Type   string `json:"type"`
}

// User is a Lever user (lever/api.md section 3.9).
type User struct {
	ID                  string   `json:"id"`
	Name                string   `json:"name"`
	Username            *string  `json:"username"`
	Email               *string  `json:"email"`
	AccessRole          string   `json:"accessRole"`
	Photo               *string  `json:"photo"`
	CreatedAt           int64    `json:"createdAt"`
	DeactivatedAt       *int64   `json:"deactivatedAt"`
	ExternalDirectoryID *string  `json:"externalDirectoryId"`
	LinkedContactIDs    []string `json:"linkedContactIds"`
	JobTitle            *string  `json:"jobTitle"`
	ManagerID           *string  `json:"managerId"`
}

// Phone is a telephone number; Type may be absent.
type Phone struct {
	Type  string `json:"type,omitempty"`
	Value string `json:"value"`
}

// Archived says why and when something was archived.
type Archived struct {
	Reason     string `json:"reason"`
	ArchivedAt int64  `json:"archivedAt"`
}

// StageChange is one step in an opportunity's history.
type StageChange struct {
	ToStageID    string  `json:"toStageId"`
	ToStageIndex int     `json:"toStageIndex"`
	UpdatedAt    int64   `json:"updatedAt"`
	UserID       *string `json:"userId"`
}

// Permission is whether something is allowed, and until when.
type Permission struct {
	Allowed   bool   `json:"allowed"`
	ExpiresAt *int64 `json:"expiresAt"`
}

// DataProtection is the data protection record of an opportunity.
type DataProtection struct {
	Store   Permission `json:"store"`
	Contact Permission `json:"contact"`
}

// Links are the web addresses of an object.
type Links struct {
	List  string `json:"list"`
	Show  string `json:"show"`
	Apply string `json:"apply,omitempty"`
}

// Opportunity is one candidacy (lever/api.md section 3.1).
type Opportunity struct {
	ID                  string          `json:"id"`
	Name                string          `json:"name"`
	Contact             string          `json:"contact"`
	Headline            *string         `json:"headline"`
	Stage               string          `json:"stage"`
	Confidentiality     string          `json:"confidentiality"`
	Location            string          `json:"location"`
	Phones              []Phone         `json:"phones"`
	Emails              []string        `json:"emails"`
	Links               []string        `json:"links"`
	Archived            *Archived       `json:"archived"`
	Tags                []string        `json:"tags"`
	Sources             []string        `json:"sources"`
	StageChanges        []StageChange   `json:"stageChanges"`
	Origin              string          `json:"origin"`
	SourcedBy           *string         `json:"sourcedBy"`
	Owner               *string         `json:"owner"`
	Followers           []string        `json:"followers"`
	Applications        []string        `json:"applications"`
	CreatedAt           int64           `json:"createdAt"`
	UpdatedAt           *int64          `json:"updatedAt"`
	LastInteractionAt   *int64          `json:"lastInteractionAt"`
	LastAdvancedAt      int64           `json:"lastAdvancedAt"`
	SnoozedUntil        *int64          `json:"snoozedUntil"`
	URLs                Links           `json:"urls"`
	IsAnonymized        bool            `json:"isAnonymized"`
	DataProtection      *DataProtection `json:"dataProtection"`
	OpportunityLocation *string         `json:"opportunityLocation,omitempty"`

	// CandidateID is the deprecated id that webhooks and applications carry; it may differ from ID.
	CandidateID string `json:"-"`
}

// Place is a location with a name.
type Place struct {
	Name string `json:"name"`
}

// ContactProtection is the data protection record of a contact.
type ContactProtection struct {
	InterviewIntelligence Permission `json:"interviewIntelligence"`
}

// Contact is a person (lever/api.md section 3.10); several opportunities may share one.
type Contact struct {
	ID             string             `json:"id"`
	Name           string             `json:"name"`
	Headline       string             `json:"headline"`
	IsAnonymized   bool               `json:"isAnonymized"`
	Location       Place              `json:"location"`
	Emails         []string           `json:"emails"`
	Phones         []Phone            `json:"phones"`
	DataProtection *ContactProtection `json:"dataProtection"`
}

// Application links an opportunity to a posting (lever/api.md section 3.2).
type Application struct {
	ID                   string    `json:"id"`
	Type                 string    `json:"type"`
	CandidateID          string    `json:"candidateId"`
	OpportunityID        string    `json:"opportunityId"`
	Posting              string    `json:"posting"`
	PostingHiringManager *string   `json:"postingHiringManager"`
	PostingOwner         *string   `json:"postingOwner"`
	Name                 string    `json:"name"`
	Company              *string   `json:"company"`
	Phone                *Phone    `json:"phone"`
	Email                *string   `json:"email"`
	Links                []string  `json:"links"`
	Comments             *string   `json:"comments"`
	User                 *string   `json:"user"`
	CustomQuestions      []any     `json:"customQuestions"`
	CreatedAt            int64     `json:"createdAt"`
	Archived             *Archived `json:"archived"`
	RequisitionForHire   *string   `json:"requisitionForHire"`
	IPAddress            *string   `json:"ipAddress"`
	Referer              *string   `json:"referer"`
	UserAgent            *string   `json:"userAgent"`
	AcceptLanguage       *string   `json:"acceptLanguage"`
	Timezone             *string   `json:"timezone"`
}

// Interviewer is a user taking part in an interview.
type Interviewer struct {
	ID               string  `json:"id"`
	Name             string  `json:"name"`
	Email            *string `json:"email"`
	FeedbackTemplate *string `json:"feedbackTemplate"`
}

// Interview is one meeting (lever/api.md section 3.3). Date is in milliseconds, Duration in minutes.
type Interview struct {
	ID               string        `json:"id"`
	Panel            string        `json:"panel"`
	Subject          *string       `json:"subject"`
	Note             *string       `json:"note"`
	Interviewers     []Interviewer `json:"interviewers"`
	Timezone         string        `json:"timezone"`
	CreatedAt        int64         `json:"createdAt"`
	Date             int64         `json:"date"`
	Duration         int           `json:"duration"`
	Location         *string       `json:"location"`
	FeedbackTemplate *string       `json:"feedbackTemplate"`
	FeedbackForms    []string      `json:"feedbackForms"`
	FeedbackReminder string        `json:"feedbackReminder"`
	User             *string       `json:"user"`
	Stage            string        `json:"stage"`
	CanceledAt       *int64        `json:"canceledAt"`
	Postings         []string      `json:"postings"`
	GcalEventURL     *string       `json:"gcalEventUrl"`
	// OpportunityID is served by the single GET only.
	OpportunityID string `json:"opportunityId,omitempty"`
}

// Categories are the labels of a posting.
type Categories struct {
	Commitment   *string  `json:"commitment"`
	Department   *string  `json:"department"`
	Level        *string  `json:"level"`
	Location     *string  `json:"location"`
	Team         *string  `json:"team"`
	AllLocations []string `json:"allLocations"`
}

// ContentList is one list inside a posting's text.
type ContentList struct {
	Text    string `json:"text"`
	Content string `json:"content"`
}

// Content is a posting's text.
type Content struct {
	Description     string        `json:"description"`
	DescriptionHTML string        `json:"descriptionHtml"`
	Lists           []ContentList `json:"lists"`
	Closing         string        `json:"closing"`
	ClosingHTML     string        `json:"closingHtml"`
}

// Screening says whether automatic screening is on.
type Screening struct {
	Enabled bool `json:"enabled"`
}

// Posting is a job (lever/api.md section 3.8).
type Posting struct {
	ID                   string     `json:"id"`
	Text                 string     `json:"text"`
	State                string     `json:"state"`
	DistributionChannels []string   `json:"distributionChannels"`
	User                 *string    `json:"user"`
	Owner                *string    `json:"owner"`
	HiringManager        *string    `json:"hiringManager"`
	Categories           Categories `json:"categories"`
	Tags                 []string   `json:"tags"`
	Content              Content    `json:"content"`
	Country              *string    `json:"country"`
	Followers            []string   `json:"followers"`
	ReqCode              string     `json:"reqCode"`
	RequisitionCodes     []string   `json:"requisitionCodes"`
	URLs                 *Links     `json:"urls"`
	Confidentiality      string     `json:"confidentiality"`
	CreatedAt            int64      `json:"createdAt"`
	UpdatedAt            int64      `json:"updatedAt"`
	WorkplaceType        string     `json:"workplaceType"`
	TranscribeInterviews bool       `json:"transcribeInterviews"`
	Screening            Screening  `json:"screening"`
}

// NoteField is one comment of a note's thread.
type NoteField struct {
	Type      string  `json:"type"`
	Text      string  `json:"text"`
	Value     string  `json:"value"`
	CreatedAt int64   `json:"createdAt"`
	User      *string `json:"user"`
	Score     *int    `json:"score"`
	Stage     string  `json:"stage"`
}

// Note is a note thread on an opportunity (lever/api.md section 3.5).
type Note struct {
	ID          string      `json:"id"`
	Text        string      `json:"text"`
	Fields      []NoteField `json:"fields"`
	User        *string     `json:"user"`
	Secret      bool        `json:"secret"`
	CompletedAt int64       `json:"completedAt"`
	CreatedAt   int64       `json:"createdAt"`
	DeletedAt   *int64      `json:"deletedAt"`

	// OpportunityID is where the note hangs; ViaAPI is whether the API made it.
	OpportunityID string `json:"-"`
	ViaAPI        bool   `json:"-"`
}

const (
	confidential    = "confidential"
	nonConfidential = "non-confidential"

	// RoleSuperAdmin is the access role that may authorise apps (lever/api.md section 1).
	RoleSuperAdmin = "super admin"
)

// ptr returns a pointer to a copy of v.
func ptr[T any](v T) *T { return &v }

// deref returns what p points at, or the zero value.
func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}
