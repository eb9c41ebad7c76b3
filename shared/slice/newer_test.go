package slice

import "testing"

func TestACheckpointOfNewerCodeIsUnderstood(t *testing.T) {
	t.Parallel()
	p, err := Parse(`{"phase":2,"offset":"o","walks":{"a":{"offset":"w","lane":1}},"shape":{"of":["newer"]}}`)
	if err != nil || p.Phase != 2 || p.Offset != "o" || p.Walks["a"].Offset != "w" {
		t.Errorf("%+v, %v", p, err)
	}
	if done, err := Run(t.Context(), &p, nil, func() bool { return true }); !done || err != nil {
		t.Errorf("a phase that this code does not have: %t, %v", done, err)
	}
}
