package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// config is the environment of the server.
type config struct {
	listen, publicURL      string
	clientID, clientSecret string
	redirectURIs           []string
	seed                   uint64
	smallCompanies         int
}

// mostSmallCompanies bounds how many companies there are besides the believable one.
const mostSmallCompanies = 30

// readConfig reads the environment and gathers every fault before it returns.
func readConfig(getenv func(string) string) (config, error) {
	var faults []error
	need := func(name string) string {
		value := getenv(name)
		if value == "" {
			faults = append(faults, fmt.Errorf("%s is not set", name))
		}
		return value
	}
	cfg := config{
		listen: need("LISTEN"), publicURL: strings.TrimSuffix(need("PUBLIC_URL"), "/"),
		clientID: need("CLIENT_ID"), clientSecret: need("CLIENT_SECRET"),
		redirectURIs: strings.Split(need("REDIRECT_URIS"), ","), seed: 1,
	}
	if text := getenv("SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			faults = append(faults, fmt.Errorf("SEED is not a whole number: %q", text))
		}
		cfg.seed = seed
	}
	if text := getenv("SMALL_COMPANIES"); text != "" {
		number, err := strconv.Atoi(text)
		if err != nil || number < 0 || number > mostSmallCompanies {
			faults = append(faults, fmt.Errorf("SMALL_COMPANIES is not a number from 0 to %d: %q", mostSmallCompanies, text))
		}
		cfg.smallCompanies = number
	}
	return cfg, errors.Join(faults...)
}
