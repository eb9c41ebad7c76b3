package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// resealed has an operator re-seal every connection and waits for the end of it.
func (s *subject) resealed(ctx context.Context) error {
	answer, err := s.operate(ctx, http.MethodPost, "runs", `{"kind":"reseal","all":true}`)
	if err != nil {
		return err
	}
	var run struct {
		ID   string `json:"id"`
		Over bool   `json:"over"`
	}
	if err := json.Unmarshal(answer, &run); err != nil {
		return fmt.Errorf("read operation: %w", err)
	}
	return wait(ctx, sweep, "the end of the re-seal", func(ctx context.Context) (bool, string, error) {
		answer, err := s.operate(ctx, http.MethodGet, "runs/"+run.ID, "")
		if err != nil {
			return false, "", err
		}
		return run.Over, string(answer), json.Unmarshal(answer, &run)
	})
}

// operate calls a route of operators.
func (s *subject) operate(ctx context.Context, method, path, body string) ([]byte, error) {
	reply, err := s.world.Operator.Send(ctx, method, "/v1/operations/"+path, []byte(body))
	if err == nil && reply.Status > 299 {
		err = fmt.Errorf("%s %s: status %d: %s", method, path, reply.Status, reply.Body)
	}
	return reply.Body, err
}
