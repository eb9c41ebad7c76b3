package memory_test

import (
	"testing"

	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/table/tabletest"
)

func TestMemoryConforms(t *testing.T) {
	t.Parallel()
	tabletest.Conform(t, memory.New(), "", func(check func() error) error { return check() })
}
