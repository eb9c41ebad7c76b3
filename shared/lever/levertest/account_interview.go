package levertest

import "time"

func (st *account) interviewsOf(opportunity string, asOf time.Time) []*Interview {
	if opportunity == "" {
		return st.interviews.all(asOf)
	}
	for _, id := range st.interviews.ids[st.indexed:] { // ids are only ever added
		if st.interviewIDs == nil {
			st.interviewIDs = map[string][]string{}
		}
		for _, v := range st.interviews.rows[id] {
			if v.value != nil {
				st.interviewIDs[v.value.OpportunityID] = append(st.interviewIDs[v.value.OpportunityID], id)
				break
			}
		}
	}
	st.indexed = len(st.interviews.ids)
	var out []*Interview
	for _, id := range st.interviewIDs[opportunity] {
		if i := st.interviews.get(id, asOf); i != nil {
			out = append(out, i)
		}
	}
	return out
}
