package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/strict"
)

// longestBody is the most that a call may carry, a decision excepted.
const longestBody = 256 << 10

// read decodes the body of a call, of at most longest bytes, strictly into the pointer into.
func (c call) read(into any, longest int) error {
	kind, options, err := mime.ParseMediaType(header(c.event, "Content-Type"))
	charset := strings.ToLower(options["charset"])
	if err != nil || kind != "application/json" || charset != "" && charset != "utf-8" {
		return refuse(http.StatusUnsupportedMediaType, "bad-content-type", "The body must be application/json in UTF-8.")
	}
	body := []byte(c.event.Body)
	if c.event.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(c.event.Body); err != nil {
			return refuse(http.StatusBadRequest, "bad-body", "The body could not be read.")
		}
	}
	return strict.Decode(body, strict.Limits{Bytes: longest, NoNull: true}, into)
}

// response encodes an answer. An equal ETag in ifNoneMatch leaves the body out.
func (r reply) response(ifNoneMatch string) (events.APIGatewayV2HTTPResponse, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r.body); err != nil {
		return events.APIGatewayV2HTTPResponse{}, fmt.Errorf("encode reply: %w", err)
	}
	response := events.APIGatewayV2HTTPResponse{
		StatusCode: r.status, Headers: headers("application/json"), Body: out.String(),
	}
	if !r.tagged {
		return response, nil
	}
	sum := sha256.Sum256(out.Bytes())
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	response.Headers["ETag"] = tag
	if matches(ifNoneMatch, tag) {
		response.StatusCode, response.Body = http.StatusNotModified, ""
		delete(response.Headers, "Content-Type")
	}
	return response, nil
}

// matches compares as RFC 9110 section 13.1.2 says: any of a list, weak or strong, or "*".
func matches(ifNoneMatch, tag string) bool {
	for given := range strings.SplitSeq(ifNoneMatch, ",") {
		given = strings.TrimPrefix(strings.TrimSpace(given), "W/")
		if given == tag || given == "*" {
			return true
		}
	}
	return false
}
