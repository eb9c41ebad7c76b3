package main

import "github.com/evidenced/lever-integration/sandbox/platform"

// organisation is a tenant of the made-up Evidenced.
type organisation struct{ Tenant, Name string }

// person is a made-up user of Evidenced.
type person struct {
	ID, Name, Email, Role, TimeZone string
	Organisation                    organisation
}

// Admin says whether the person may connect Lever and decide on candidates.
func (p person) Admin() bool { return p.Role == "admin" }

// Named is the person as the platform API names people.
func (p person) Named() platform.Person { return platform.Person{ID: p.ID, Name: p.Name} }

// people are all who can log in. The addresses are reserved names (RFC 2606), so none belongs to anybody.
func people() []person {
	northwind := organisation{Tenant: "northwind", Name: "Northwind Example"}
	lakeside := organisation{Tenant: "lakeside", Name: "Lakeside Example"}
	return []person{
		{ID: "u-northwind-admin", Name: "Morgan Sample", Email: "morgan.sample@northwind.example", Role: "admin", TimeZone: "Europe/London", Organisation: northwind},
		{ID: "u-northwind-second", Name: "Robin Sample", Email: "robin.sample@northwind.example", Role: "admin", TimeZone: "Europe/Berlin", Organisation: northwind},
		{ID: "u-northwind-viewer", Name: "Jamie Sample", Email: "jamie.sample@northwind.example", Role: "viewer", TimeZone: "Europe/London", Organisation: northwind},
		{ID: "u-lakeside-admin", Name: "Avery Sample", Email: "avery.sample@lakeside.example", Role: "admin", TimeZone: "America/New_York", Organisation: lakeside},
		{ID: "u-lakeside-viewer", Name: "Quinn Sample", Email: "quinn.sample@lakeside.example", Role: "viewer", TimeZone: "America/New_York", Organisation: lakeside},
	}
}

func findPerson(id string) (person, bool) {
	for _, p := range people() {
		if p.ID == id {
			return p, true
		}
	}
	return person{}, false
}
