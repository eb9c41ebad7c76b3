package simulation_test

import (
	"log/slog"
	"testing"

	"github.com/evidenced/lever-integration/shared/simulation"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(simulation.Log())) // trouble is made on purpose; what is said of it must not say too much
	m.Run()
}
