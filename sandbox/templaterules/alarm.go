package templaterules

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// page is a heading of the runbook with what stands below it up to the next one.
type page struct {
	alarms []string // the logical ids on its line "Alarms:"; nil when it has no such line
	text   string
}

// parts are what somebody who was woken wants to read.
var parts = []string{"Customers feel", "Look", "Do", "Wake"}

// pages are the runbook's second-level headings by their anchor.
func (t *Template) pages() map[string]page {
	found := map[string]page{}
	named, line := regexp.MustCompile("`([A-Za-z]+)`"), regexp.MustCompile(`(?s)\nAlarms: (.+?)\n\n`)
	for section := range strings.SplitSeq("\n"+t.runbook, "\n## ") {
		section, _, _ = strings.Cut(section, "\n# ")
		heading, text, _ := strings.Cut(section, "\n")
		p := page{text: text}
		if m := line.FindStringSubmatch(text); m != nil {
			for _, id := range named.FindAllStringSubmatch(m[1], -1) {
				p.alarms = append(p.alarms, id[1])
			}
		}
		found[anchor(heading)] = p
	}
	return found
}

var notInAnchors = regexp.MustCompile(`[^a-z0-9 _-]`)

// anchor is how a link names a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// alarmsLeadSomewhere: each alarm belongs to a function, links to a heading of the runbook that names it, treats silence
// on purpose and notifies the topic; an alarm on a function's errors links to the heading of that function.
func alarmsLeadSomewhere(t *Template) (faults []string) {
	folders, err := t.folders()
	if err != nil {
		return []string{err.Error()}
	}
	pages := t.pages()
	for _, id := range t.resources("AWS::CloudWatch::Alarm") {
		p := t.properties(id)
		heading := t.leadsTo(id)
		if !slices.Contains(pages[heading].alarms, id) {
			faults = append(faults, fmt.Sprintf("%s links to the heading %q, which does not exist or does not name it", id, heading))
		}
		at := slices.IndexFunc(folders, func(folder string) bool { return strings.HasPrefix(id, pascal(folder)) })
		if at < 0 || strings.HasSuffix(id, "Errors") && (heading != folders[at] || id != pascal(heading)+"Errors") {
			faults = append(faults, fmt.Sprintf("%s is no function's, or links to the heading %q", id, heading))
		}
		if text(p, "TreatMissingData") == "" || !strings.Contains(as(p["AlarmActions"]), "AlarmTopicArn") {
			faults = append(faults, id+" says nothing about missing data, or tells nobody")
		}
	}
	return faults
}

// leadsTo is the heading that an alarm links to.
func (t *Template) leadsTo(alarm string) string {
	_, heading, _ := strings.Cut(text(t.properties(alarm)["AlarmDescription"], "Fn::Sub"), "${RunbookUrl}#")
	return heading
}

// runbookAnswersAlarms: every heading that names alarms names only such as lead to it and says all that is wanted; every
// heading below one that begins "Alarms" names some.
func runbookAnswersAlarms(t *Template) (faults []string) {
	pages := t.pages()
	for heading, p := range pages {
		for _, id := range p.alarms {
			if t.kind(id) != "AWS::CloudWatch::Alarm" || t.leadsTo(id) != heading {
				faults = append(faults, fmt.Sprintf("the heading %q names %s, which does not lead to it", heading, id))
			}
		}
		for _, part := range parts {
			_, said, _ := strings.Cut(p.text, "- **"+part+":** ")
			if said, _, _ = strings.Cut(said, "\n- **"); p.alarms != nil && len(said) < len("now.") {
				faults = append(faults, fmt.Sprintf("the heading %q does not say: %s", heading, part))
			}
		}
	}
	for chapter := range strings.SplitSeq("\n"+t.runbook, "\n# ") {
		name, text, _ := strings.Cut(chapter, "\n")
		for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(text, -1) {
			if strings.HasPrefix(name, "Alarms") && len(pages[anchor(m[1])].alarms) == 0 {
				faults = append(faults, fmt.Sprintf("the heading %q belongs to no alarm", m[1]))
			}
		}
	}
	slices.Sort(faults)
	return faults
}

// dashboardShowsAlarms: the first thing on the dashboard is the list of all alarms, of which it shows those that stand.
func dashboardShowsAlarms(t *Template) (faults []string) {
	var body struct {
		Widgets []struct {
			Type       string
			Y          int
			Properties struct{ Alarms, States []string }
		}
	}
	source := text(t.properties("Dashboard")["DashboardBody"], "Fn::Sub")
	if err := json.Unmarshal([]byte(source), &body); err != nil {
		return []string{"the dashboard: " + err.Error()}
	}
	if len(body.Widgets) == 0 || body.Widgets[0].Type != "alarm" || body.Widgets[0].Y != 0 || !slices.Equal(body.Widgets[0].Properties.States, []string{"ALARM"}) {
		return []string{"the dashboard does not begin with the alarms that stand"}
	}
	shown := body.Widgets[0].Properties.Alarms
	for _, id := range t.resources("AWS::CloudWatch::Alarm") {
		if !slices.Contains(shown, "${"+id+".Arn}") {
			faults = append(faults, "the dashboard does not know "+id)
		}
	}
	return faults
}
