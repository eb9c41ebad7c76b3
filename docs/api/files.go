// Package api holds the published contract as files: openapi.yaml describes the platform API, and events/*.json the
// detail of each bus event. The tests and the sandbox read them from here; nothing that runs in production does.
package api

import "embed"

// Files has openapi.yaml and events/*.json.
//
//go:embed openapi.yaml events/*.json
var Files embed.FS
