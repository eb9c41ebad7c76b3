package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/evidenced/lever-integration/shared/lever"
)

const (
	region    = "eu-west-1"
	account   = "000000000000"
	stackName = "lever-integration"
	// apiID is given to the emulator as a tag, so that the API's address is known before it is deployed. The emulator
	// takes eight hexadecimal digits.
	apiID = "1e7e4a11"
	// clientID and clientSecret are those of the OAuth app at the simulated Lever; they open nothing else.
	clientID     = "evidenced-sandbox"
	clientSecret = "only-for-the-simulated-lever"
)

// settings is where everything of one sandbox stands.
type settings struct {
	root  string // the checkout
	state string // what this sandbox writes
	once  bool
	ports ports
	seed  string
	lever outsideLever
}

type ports struct{ aws, lever, evidenced int }

// outsideLever is another Lever to use instead of the simulated one; empty when the simulated one is used.
type outsideLever struct{ apiURL, authURL, audience, clientID, clientSecret string }

func (o outsideLever) given() bool { return o.apiURL != "" }

// readSettings gathers every fault before it returns. A sandbox that serves one command takes free ports, so that it
// works beside a sandbox that stays.
func readSettings(root string, once bool, getenv func(string) string) (settings, error) {
	s := settings{root: root, state: filepath.Join(root, ".sandbox"), once: once, seed: getenv("SEED")}
	if s.seed == "" {
		s.seed = "1"
	}
	var faults []error
	if once {
		name := getenv("SANDBOX_NAME")
		if !names.MatchString(name) {
			faults = append(faults, fmt.Errorf("SANDBOX_NAME: %q is more than 20 small letters", name))
		}
		s.state = filepath.Join(s.state, "once"+name)
	}
	port := func(name string, usual int) int {
		number, err := choosePort(getenv(name), usual, once)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
		return number
	}
	s.ports = ports{
		aws:       port("SANDBOX_AWS_PORT", 4566),
		lever:     port("SANDBOX_LEVER_PORT", 4580),
		evidenced: port("SANDBOX_EVIDENCED_PORT", 4590),
	}
	lever, err := readOutsideLever(getenv)
	if err != nil {
		faults = append(faults, err)
	}
	s.lever = lever
	return s, errors.Join(faults...)
}

// names is what a sandbox that serves one command may be called, for others to run beside it.
var names = regexp.MustCompile(`^[a-z]{0,20}$`)

func choosePort(given string, usual int, free bool) (int, error) {
	if given != "" {
		number, err := strconv.Atoi(given)
		if err != nil || number < 1024 || number > 65535 {
			return 0, fmt.Errorf("%q is no port from 1024 to 65535", given)
		}
		return number, nil
	}
	if !free {
		return usual, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// clientIDs is what the template accepts as LeverClientId.
var clientIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{3,128}$`)

// complete tidies the addresses of another Lever, refuses what the template or the functions would refuse minutes later,
// and fills in the audience: Lever's own hosts each have their own, any other address stands in for production
// (lever/api.md section 1).
func (o *outsideLever) complete() error {
	o.apiURL, o.authURL = strings.TrimSuffix(o.apiURL, "/"), strings.TrimSuffix(o.authURL, "/")
	switch {
	case o.audience != "":
	case strings.Contains(o.apiURL, ".lever.co/"):
		o.audience = o.apiURL + "/"
	default:
		o.audience = "https://api.lever.co/v1/"
	}
	var faults []error
	if _, err := lever.ParseHosts(o.apiURL, o.authURL, o.audience); err != nil {
		faults = append(faults, fmt.Errorf("LEVER_API_URL, LEVER_AUTH_URL or LEVER_AUDIENCE: %w", err))
	}
	if !strings.HasSuffix(o.apiURL, "/v1") {
		faults = append(faults, errors.New("LEVER_API_URL must end in /v1"))
	}
	if !clientIDs.MatchString(o.clientID) {
		faults = append(faults, errors.New("LEVER_CLIENT_ID must be 3 to 128 letters, digits and . _ -"))
	}
	return errors.Join(faults...)
}

func readOutsideLever(getenv func(string) string) (outsideLever, error) {
	o := outsideLever{
		apiURL:       getenv("LEVER_API_URL"),
		authURL:      getenv("LEVER_AUTH_URL"),
		audience:     getenv("LEVER_AUDIENCE"),
		clientID:     getenv("LEVER_CLIENT_ID"),
		clientSecret: getenv("LEVER_CLIENT_SECRET"),
	}
	given := 0
	for _, value := range []string{o.apiURL, o.authURL, o.clientID, o.clientSecret} {
		if value != "" {
			given++
		}
	}
	switch given {
	case 0:
		return outsideLever{}, nil
	case 4:
		return o, o.complete()
	}
	return o, errors.New("another Lever needs all of LEVER_API_URL, LEVER_AUTH_URL, LEVER_CLIENT_ID and LEVER_CLIENT_SECRET, or none")
}

// awsURL is the emulator. Lever stands on localhost itself because the functions call it, and Go resolves no other name
// of the loopback interface; Evidenced and the API have hosts of their own, so that their cookies never meet.
func (s settings) awsURL() string { return fmt.Sprintf("http://localhost:%d", s.ports.aws) }

func (s settings) apiURL() string {
	return fmt.Sprintf("http://%s.execute-api.localhost:%d", apiID, s.ports.aws)
}

func (s settings) evidencedURL() string {
	return fmt.Sprintf("http://evidenced.localhost:%d", s.ports.evidenced)
}

func (s settings) leverURL() string {
	if s.lever.given() {
		return s.lever.apiURL
	}
	return fmt.Sprintf("http://localhost:%d", s.ports.lever)
}

// leverPages is where a person finds the simulated Lever, "" with another one: its API's address says nothing about that.
func (s settings) leverPages() string {
	if s.lever.given() {
		return ""
	}
	return s.leverURL()
}

// connectTo is the Lever that the deployed stack is told about.
func (s settings) connectTo() outsideLever {
	if s.lever.given() {
		return s.lever
	}
	base := s.leverURL()
	return outsideLever{
		apiURL: base + "/v1", authURL: base, audience: "https://api.lever.co/v1/",
		clientID: clientID, clientSecret: clientSecret,
	}
}

// settleSeconds is how long Lever may take to carry out a request that was given up on. The simulated one is told how
// late to be by the tests, which then need not wait for the minute that the real one is given.
func (s settings) settleSeconds() int {
	if s.lever.given() {
		return 60
	}
	return 15
}

func (s settings) path(elements ...string) string {
	return filepath.Join(append([]string{s.state}, elements...)...)
}

// checkout finds the root of the project from the working directory upwards.
func checkout() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the checkout: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "template.yaml")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("no template.yaml here or above; start this inside the checkout")
		}
		folder = parent
	}
}
