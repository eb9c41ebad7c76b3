package intruder

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// body makes an attack with a body that is misshapen, under a signature that would be right.
func body(name, sends, want, defence, file string, make func(s *scene, good []byte) []byte) Attack {
	return Attack{
		Name: "delivery: " + name, Sends: sends, Want: want, Defence: defence, File: file, watch: untouched(),
		try: func(ctx context.Context, s *scene) (string, error) {
			r, err := s.deliver(ctx, s.victim.hooks["candidateStageChange"].URL, make(s, s.genuine("candidateStageChange").body()))
			return r.String(), err
		},
	}
}

// delivering are the deliveries that no honest Lever sends.
func delivering() []Attack {
	const strict = "one plain JSON object, read once"
	before := func(extra string) func(*scene, []byte) []byte {
		return func(_ *scene, good []byte) []byte { return append([]byte("{"+extra+","), good[1:]...) }
	}
	return []Attack{
		body("over 64 KiB", "a signed delivery with 64 KiB of padding", "413 too-large", "a longest body, before anything is parsed", fileEnvelope, before(`"pad":"`+strings.Repeat("x", 64<<10)+`"`)),
		body("nested 500 levels deep", "a signed delivery with 500 objects in each other", "400 bad-body", "at most 8 levels", fileStrict, before(`"x":`+strings.Repeat(`{"a":`, 500)+"1"+strings.Repeat("}", 500))),
		body("nested 30,000 levels deep", "a signed delivery with 30,000 lists in each other", "400 bad-body", "at most 8 levels", fileStrict, before(`"x":`+strings.Repeat("[", 30_000)+strings.Repeat("]", 30_000))),
		body("a field given twice", "two fields data, of which readers take different ones", "400 bad-body", "a name that comes twice is refused", fileStrict, before(`"data":{"opportunityId":"none"}`)),
		body("a field in other letter case", "Data beside data, which Go's decoder takes for the same", "400 bad-body", "names are matched exactly", fileStrict, before(`"Data":{"opportunityId":"none"}`)),
		body("a second document behind it", "a signed delivery and another object", "400 bad-body", strict, fileStrict, func(_ *scene, good []byte) []byte { return append(good, "{}"...) }),
		body("cut", "the first half of a signed delivery", "400 bad-body", strict, fileStrict, func(_ *scene, good []byte) []byte { return good[:len(good)/2] }),
		body("a byte order mark", "a signed delivery behind a byte order mark", "400 bad-body", strict, fileStrict, func(_ *scene, good []byte) []byte { return append([]byte("\xef\xbb\xbf"), good...) }),
		body("a list", "a signed delivery inside a list", "400 bad-body", "only an object", fileStrict, func(_ *scene, good []byte) []byte { return append(append([]byte("["), good...), ']') }),
		body("null", "null", "400 bad-body", "only an object", fileStrict, func(*scene, []byte) []byte { return []byte("null") }),
		body("empty", "nothing", "400 bad-body", "only an object", fileStrict, func(*scene, []byte) []byte { return nil }),
		body("a form", "a form in place of JSON", "400 bad-body", strict, fileStrict, func(*scene, []byte) []byte { return []byte("event=candidateHired&data=x") }),
		body("compressed", "a signed delivery in gzip", "400 bad-body", "bodies are never unpacked", fileStrict, func(_ *scene, good []byte) []byte {
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			_, _ = w.Write(good) // a buffer takes everything
			_ = w.Close()
			return packed.Bytes()
		}),
		body("time as a fraction", "triggeredAt with a fraction", "400 bad-body", "the time is a whole number", fileEnvelope, func(s *scene, _ []byte) []byte {
			l := s.genuine("candidateStageChange")
			l.change = func(f map[string]any) { f["triggeredAt"] = float64(f["triggeredAt"].(int64)) + 0.5 }
			return l.body()
		}),
		body("time beyond all numbers", "triggeredAt of 400 digits", "400 bad-body", "the time is a whole number of 64 bits", fileEnvelope, func(_ *scene, good []byte) []byte {
			return bytes.Replace(good, []byte(`"triggeredAt":`), []byte(`"triggeredAt":`+strings.Repeat("9", 400)), 1)
		}),
		body("an id of 10,000 characters", "a signed delivery about an endless id", "400 bad-delivery", "ids have a longest length", fileEnvelope, func(s *scene, _ []byte) []byte {
			l := s.genuine("candidateStageChange")
			l.about = strings.Repeat("x", 10_000)
			return l.body()
		}),
		{
			Name: "delivery: an id that is a path", Sends: "signed deliveries whose ids climb to other paths of Lever's API", Want: "400 bad-delivery ×6, no request to another path",
			Defence: "a delivery holds ids where ids belong, and the client puts only ids into paths", File: "shared/hint/envelope.go", watch: untouched(), try: climbed,
		},
		{
			Name: "delivery: unknown address", Sends: "good and wrong deliveries to addresses that are unknown, known, empty, of 300 characters", Want: "401 not-verified, letter by letter the same ×8",
			Defence: "unknown and wrong cost the same work and get one answer", File: fileIntake, watch: untouched(), try: probed,
		},
		{
			Name: "delivery: the queue refuses it", Sends: "a good delivery while the function may not send to its queue", Want: "503 queue-unavailable, then 200 ok",
			Defence: "what is not stored is answered 5xx, and Lever sends it again", File: fileIntake, Alone: true, watch: unharmed(), try: refused,
		},
	}
}

func climbed(ctx context.Context, s *scene) (string, error) {
	hook := s.victim.hooks["candidateStageChange"]
	var got tally
	mark := uuid.NewString()[:8]
	for _, id := range []string{"../users?" + mark, "..%2fusers%3f" + mark, "x/../../users/" + mark, mark + "?perform_as=x", "\u0000" + mark, "//evil.example/" + mark} {
		r, err := s.deliver(ctx, hook.URL, letter{key: hook.SignatureToken, event: hook.Event, about: id}.body())
		if err != nil {
			return "", err
		}
		got.add(id, r.String())
	}
	if err := s.settle(ctx, s.victim); err != nil {
		return "", err
	}
	made, err := s.requests(ctx, mark, func(r story.Request) bool {
		return r.URL != "/v1/opportunities/"+mark+"?perform_as=x" // one segment, escaped
	})
	if err != nil || made > 0 {
		return fmt.Sprintf("%s, %d requests to another path", &got, made), err
	}
	return got.String() + ", no request to another path", nil
}

// probed compares answers whole, headers included, for what may vary is how long they take and their ids.
func probed(ctx context.Context, s *scene) (string, error) {
	hook := s.victim.hooks["candidateStageChange"]
	base := strings.TrimSuffix(hook.URL, address(hook.URL))
	good := s.genuine("candidateStageChange")
	wrong := good
	wrong.key = "wrong"
	unsigned := good
	unsigned.change = func(f map[string]any) { delete(f, "signature") }
	var got tally
	for _, probe := range []struct {
		name, url string
		l         letter
	}{
		{"known, wrong", hook.URL, wrong},
		{"known, unsigned", hook.URL, unsigned},
		{"unknown, good", base + strings.Repeat("A", 43), good},
		{"unknown, wrong", base + strings.Repeat("A", 43), wrong},
		{"unknown, unsigned", base + strings.Repeat("A", 43), unsigned},
		{"its id at Lever", base + hook.ID, good},
		{"long", base + strings.Repeat("A", 300), good},
		{"short", base + "A", good},
	} {
		r, err := s.deliver(ctx, probe.url, probe.l.body())
		if err != nil {
			return "", err
		}
		header := r.Header.Clone()
		for _, name := range []string{"Date", "Apigw-Requestid", "X-Amz-Apigw-Id", "X-Amzn-Requestid", "X-Amz-Request-Id", "X-Amz-Id-2"} {
			header.Del(name)
		}
		got.add(probe.name, fmt.Sprintf("%s\n%s\n%v", r.String(), r.Body, header))
	}
	if len(got.order) > 1 {
		return "told apart: " + got.where[got.order[1]] + " got " + strings.SplitN(got.order[1], "\n", 2)[0], nil
	}
	return fmt.Sprintf("%s, letter by letter the same ×%d", strings.SplitN(got.order[0], "\n", 2)[0], got.counts[got.order[0]]), nil
}

func refused(ctx context.Context, s *scene) (string, error) {
	giveBack, err := s.World.Forbid(ctx, "WebhookIntakeRole", "sqs:SendMessage")
	if err != nil {
		return "", err
	}
	l := s.genuine("candidateStageChange")
	again := l.body()
	first, err := s.deliver(ctx, s.victim.hooks["candidateStageChange"].URL, again)
	if back := giveBack(); err != nil || back != nil {
		return "", fmt.Errorf("%w, %w", err, back)
	}
	second, err := s.deliver(ctx, s.victim.hooks["candidateStageChange"].URL, again)
	return first.String() + ", then " + second.String(), err
}
