package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/sandbox/release"
)

// Bounds of what a function weighs and of the processor time until its first answer.
const (
	mostMegabytes = 12
	mostOwnTime   = 150 // milliseconds
)

// firstEvents are what each function is asked first: a message whose work is done already, a page without a session, a
// webhook to an unknown address. Each makes the function read its table once or refuse.
func firstEvents() map[string]string {
	message := func(kind string) string {
		return `{"Records":[{"messageId":"1","body":"{\"connection\":\"c\",\"kind\":\"` + kind + `\",\"target\":\"x\"}"}]}`
	}
	request := func(method, path string) string {
		return `{"version":"2.0","routeKey":"` + method + ` ` + path + `","rawPath":"` + path + `","headers":{},"pathParameters":{"address":"unknown","tenant":"t"},` +
			`"requestContext":{"http":{"method":"` + method + `","path":"` + path + `"}},"body":"{}"}`
	}
	return map[string]string{
		"change-publisher": `{"Records":[]}`,
		"decision-push":    message("decision"),
		"delta-sync":       message("delta"),
		"full-resync":      message("resync"),
		"hint-worker":      message("hint"),
		"integration-page": request("GET", "/integration"),
		"oauth-callback":   request("GET", "/oauth/callback"),
		"platform-api":     request("GET", "/v1/tenants/t/connection"),
		"sync-dispatch":    `{}`,
		"webhook-intake":   request("POST", "/webhooks/lever/unknown"),
	}
}

// built compiles a function as a release does and returns the path of its binary.
func built(t *testing.T, name, arch string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name+"-"+arch)
	build := exec.CommandContext(t.Context(), "go", slices.Concat([]string{"build"}, release.Flags(), []string{"-o", out, "../../functions/" + name})...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS=linux", "GOARCH="+arch)
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, said)
	}
	return out
}

// cloud answers for AWS what an empty account would, so that nothing waits for a network.
func cloud() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		switch target := r.Header.Get("X-Amz-Target"); {
		case strings.HasSuffix(target, ".GetSecretValue"):
			fmt.Fprint(w, `{"SecretString":"a-secret-of-some-length-for-markers"}`)
		case strings.HasSuffix(target, ".Query"):
			fmt.Fprint(w, `{"Items":[],"Count":0,"ScannedCount":0}`)
		default:
			fmt.Fprint(w, `{}`)
		}
	}))
}

// lambdaRuntime is the API by which Lambda hands events to a function ("Using the Lambda runtime API" in the developer guide):
// it gives out one event and tells when the answer came.
func lambdaRuntime(event string) (server *httptest.Server, answered chan string) {
	const base = "/2018-06-01/runtime/invocation/"
	answered = make(chan string, 1)
	given := make(chan struct{}, 1)
	given <- struct{}{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-given:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:000000000000:function:measured")
		fmt.Fprint(w, event)
	})
	mux.HandleFunc("POST "+base+"1/{how}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		answered <- r.PathValue("how")
	})
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		answered <- "init error"
	})
	return httptest.NewServer(mux), answered
}

// started is how long a process needs until its first answer, by the clock and by its own processor time.
type started struct{ wall, own time.Duration }

// start runs a binary until its first answer.
func start(t *testing.T, binary, event string) started {
	t.Helper()
	aws := cloud()
	defer aws.Close()
	api, answers := lambdaRuntime(event)
	defer func() { api.CloseClientConnections(); api.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	process := exec.CommandContext(ctx, binary)
	process.Env = functionEnv(strings.TrimPrefix(api.URL, "http://"), aws.URL)
	if readsNoSecrets(filepath.Base(binary)) {
		process.Env = slices.DeleteFunc(process.Env, func(line string) bool { return strings.HasPrefix(line, "LEVER_CLIENT_SECRET_ARN=") })
	}
	process.Stdout, process.Stderr = nil, nil
	began := time.Now()
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	var how string
	select {
	case how = <-answers:
	case <-ctx.Done():
		how = "no answer"
	}
	wall := time.Since(began)
	_ = process.Process.Kill() // it waits for its next event
	_ = process.Wait()         // killed, which is an error
	if how != "response" {
		t.Fatalf("%s: %s in place of an answer", filepath.Base(binary), how)
	}
	return started{wall, process.ProcessState.UserTime() + process.ProcessState.SystemTime()}
}

// readsNoSecrets says that template.yaml names no secret to a function.
func readsNoSecrets(binary string) bool {
	return slices.ContainsFunc([]string{"integration-page", "oauth-callback", "sync-dispatch", "webhook-intake"}, func(name string) bool {
		return strings.HasPrefix(binary, name)
	})
}

// functionEnv is the environment of a deployed function, with AWS on this machine.
func functionEnv(api, aws string) []string {
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + api, "AWS_ENDPOINT_URL=" + aws, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"AWS_LAMBDA_FUNCTION_NAME=measured", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_LOG_FORMAT=JSON", "ENVIRONMENT=dev",
		"BUS_NAME=bus", "KEY_ARN=arn:aws:kms:eu-west-1:000000000000:key/1", "LEVER_CLIENT_SECRET_ARN=arn:aws:secretsmanager:eu-west-1:000000000000:secret:1",
		"MARKER_SECRET_ARN=arn:aws:secretsmanager:eu-west-1:000000000000:secret:2", "LEVER_API_URL=" + aws, "LEVER_AUTH_URL=" + aws, "LEVER_AUDIENCE=" + aws + "/",
		"LEVER_CLIENT_ID=client", "LEVER_SETTLE=60s", "PUBLIC_URL=https://integration.example", "RETURN_ORIGINS=https://app.example", "HELP_ADDRESS=help@example.org",
	}
	for _, name := range []string{"CONNECTIONS", "SESSIONS", "HOOKS", "MIRROR", "WORK", "DECISIONS"} {
		env = append(env, "TABLE_"+name+"="+strings.ToLower(name))
	}
	for _, name := range []string{"HINT", "DELTA", "RESYNC", "DECISION"} {
		env = append(env, "QUEUE_"+name+"="+aws+"/000000000000/"+strings.ToLower(name))
	}
	return env
}

// startLevels measures the weight of each function, for both processors, and the start of each on that of this machine: the
// middle of five.
func startLevels(t *testing.T) (levels []Level) {
	folders, err := os.ReadDir("../../functions")
	if err != nil {
		t.Fatal(err)
	}
	events := firstEvents()
	for _, f := range folders {
		event, known := events[f.Name()]
		if !known {
			t.Fatalf("nothing is known to ask %s first", f.Name())
		}
		binary := map[string]string{}
		weight := map[string]float64{}
		for _, arch := range []string{"arm64", "amd64"} {
			binary[arch] = built(t, f.Name(), arch)
			info, err := os.Stat(binary[arch])
			if err != nil {
				t.Fatal(err)
			}
			weight[arch] = float64(info.Size()) / 1e6
		}
		levels = append(levels, Level{f.Name() + ": binary for arm64", weight["arm64"], mostMegabytes, "", "MB; for x86_64 " + number(weight["amd64"])})
		here := binary[runtime.GOARCH]
		if here == "" {
			t.Fatalf("functions do not run on %s", runtime.GOARCH)
		}
		var all []started
		for range 5 {
			all = append(all, start(t, here, event))
		}
		slices.SortFunc(all, func(a, b started) int { return int(a.own - b.own) })
		middle := all[len(all)/2]
		levels = append(levels, Level{
			f.Name() + ": cold start, own time until the first answer", milliseconds(middle.own), mostOwnTime, "",
			"ms; by the clock " + number(milliseconds(middle.wall)),
		})
	}
	return levels
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
