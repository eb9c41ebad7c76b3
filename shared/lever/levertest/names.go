package levertest

// The word lists of generated companies. Nobody is meant.
var (
	givenNames = []string{
		"Robin", "Sasha", "Noor", "Kim", "Jules", "Ariel", "Charlie", "Dana", "Eden", "Frankie", "Gale", "Harper", "Indra", "Jamie",
		"Kai", "Lou", "Marlin", "Nova", "Ocean", "Perry", "Quinn", "Remy", "Sage", "Toni", "Uma", "Val", "Wren", "Xen", "Yael", "Zuri",
	}
	familyNames = []string{
		"Sample", "Specimen", "Placeholder", "Mock", "Proto", "Fictive", "Example", "Template", "Draftman", "Pattern", "Modelson",
		"Synth", "Testa", "Demoulin", "Fabrique", "Imagine", "Nominal", "Standin", "Dummer", "Figment",
	}
	jobTitles = []string{
		"Backend Engineer", "Product Designer", "Account Executive", "Data Analyst", "People Partner", "Site Reliability Engineer",
		"Finance Manager", "Customer Success Manager", "iOS Engineer", "Head of Security", "Marketing Lead", "Office Manager",
		"Machine Learning Engineer", "Talent Sourcer", "Support Specialist", "Legal Counsel", "QA Engineer", "Solutions Architect",
		"Content Writer", "Engineering Manager",
	}
	teams       = []string{"Platform", "Design", "Sales", "Insights", "People", "Infrastructure", "Finance", "Success", "Mobile", "Security"}
	departments = []string{"Engineering", "Product", "Revenue", "Operations"}
	places      = []string{"Utrecht", "Amsterdam", "London", "Remote", "Berlin", "New York"}
	employers   = []string{"Acme Ltd", "Globex Example", "Initech Example", "Sample University", "Umbrella Example", "Example Foods"}
	sources     = []string{"Referral", "Job site", "Career fair", "LinkedIn", "Agency"}
	subjects    = []string{"Phone screen", "Technical interview", "Culture interview", "Hiring manager interview", "Case interview"}
	remarks     = []string{"Strong on fundamentals, quieter on teamwork.", "Asked good questions about the roadmap.", "Available from next month.", "Prefers to work remotely two days a week."}
)
