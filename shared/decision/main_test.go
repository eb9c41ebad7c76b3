package decision

import (
	"log/slog"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the dying processes of these tests leave claims that others take over
	os.Exit(m.Run())
}
