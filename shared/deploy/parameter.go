package deploy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// What one call to SSM may take, how often it is made, and how large its answer may be: a parameter has 8 KB at most.
const (
	parameterLimit = 5 * time.Second
	parameterTries = 3
	parameterBody  = 64 << 10
)

// readParameter reads a parameter of SSM, decrypted, as the action GetParameter of its JSON protocol (AWS, Systems Manager
// API reference). The SDK's client of SSM weighs 3 MiB, which no function has to spare for one call when it starts.
func readParameter(ctx context.Context, cfg aws.Config, place arn.ARN, name string) (value string, err error) {
	for try := range parameterTries {
		if try > 0 {
			time.Sleep(200 * time.Millisecond)
		}
		var again bool
		if value, again, err = getParameter(ctx, cfg, place, name); err == nil || !again {
			return value, err
		}
	}
	return "", err
}

// getParameter makes the call once; again says whether another may go better.
func getParameter(ctx context.Context, cfg aws.Config, place arn.ARN, name string) (value string, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, parameterLimit)
	defer cancel()
	request, err := parameterRequest(ctx, cfg, place, name)
	if err != nil {
		return "", false, err
	}
	var client aws.HTTPClient = http.DefaultClient
	if cfg.HTTPClient != nil {
		client = cfg.HTTPClient
	}
	response, err := client.Do(request)
	if err != nil {
		return "", true, err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end, or given up
	content, err := io.ReadAll(io.LimitReader(response.Body, parameterBody))
	if err != nil {
		return "", true, err
	}
	var answer struct {
		Parameter struct{ Value string }
		Type      string `json:"__type"` // of an error
	}
	if err := json.Unmarshal(content, &answer); err != nil || response.StatusCode != http.StatusOK {
		busy := response.StatusCode >= http.StatusInternalServerError || answer.Type == "ThrottlingException"
		return "", busy, fmt.Errorf("SSM answers with status %d %s", response.StatusCode, answer.Type)
	}
	return answer.Parameter.Value, false, nil
}

// parameterRequest is the signed request.
func parameterRequest(ctx context.Context, cfg aws.Config, place arn.ARN, name string) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{"Name": name, "WithDecryption": true})
	if err != nil {
		return nil, err
	}
	suffix := "amazonaws.com"
	if place.Partition == "aws-cn" {
		suffix = "amazonaws.com.cn"
	}
	url := "https://ssm." + cfg.Region + "." + suffix
	if cfg.BaseEndpoint != nil {
		url = *cfg.BaseEndpoint
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "AmazonSSM.GetParameter")
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return request, v4.NewSigner().SignHTTP(ctx, keys, request, hex.EncodeToString(sum[:]), "ssm", cfg.Region, time.Now())
}
