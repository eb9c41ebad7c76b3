package main

import (
	"fmt"
	"net/url"

	"github.com/caarlos0/env/v11"
)

// config is what the stand-in reads from its environment. AWS credentials and AWS_ENDPOINT_URL are read by the AWS SDK.
type config struct {
	Listen         string `env:"LISTEN" envDefault:"127.0.0.1:4590"`
	PublicURL      string `env:"PUBLIC_URL" envDefault:"http://evidenced.localhost:4590"`
	APIURL         string `env:"API_URL,required"` // address of the deployed integration API
	LeverURL       string `env:"LEVER_URL"`        // where a person finds Lever; only linked to
	EventsQueueURL string `env:"EVENTS_QUEUE_URL"` // queue that a rule of the bus fills; "" shows no events
	Region         string `env:"AWS_REGION" envDefault:"us-east-1"`
}

func readConfig() (config, error) {
	var c config
	if err := env.Parse(&c); err != nil {
		return config{}, fmt.Errorf("read environment: %w", err)
	}
	for name, address := range map[string]string{"PUBLIC_URL": c.PublicURL, "API_URL": c.APIURL} {
		if u, err := url.Parse(address); err != nil || u.Host == "" {
			return config{}, fmt.Errorf("read environment: %s is no address", name)
		}
	}
	return c, nil
}
