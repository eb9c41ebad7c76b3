// Package seal encrypts what must never stand in the clear in a table: tokens, webhook signature tokens and
// authorization codes. Envelope encryption: a data key from KMS, bound by its encryption context to one connection and
// one purpose, seals with AES-256-GCM; the sealed value carries the wrapped key. A dump of a table opens nothing, and a
// value moved onto another connection's item does not open, because KMS refuses the other context and the additional
// data of the cipher differs.
package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Purpose says what a sealed value is for; roles may use only the purposes they need.
type Purpose string

// The purposes.
const (
	Token Purpose = "token" // access and refresh tokens
	Hook  Purpose = "hook"  // signature tokens of webhooks
	Code  Purpose = "code"  // authorization codes between callback and confirmation, and PKCE verifiers
)

// Context binds a sealed value: to a connection (or, before there is one, a tenant) and a purpose.
type Context struct {
	Connection string
	Purpose    Purpose
}

// Sealed is an encrypted value with its wrapped data key.
type Sealed struct {
	Key   []byte `dynamodbav:"key"`   // the data key, wrapped by KMS
	Nonce []byte `dynamodbav:"nonce"` // 12 bytes
	Text  []byte `dynamodbav:"text"`  // ciphertext with its tag
}

// Keys makes and unwraps data keys, each under a context without which it cannot be unwrapped.
type Keys interface {
	Generate(ctx context.Context, c Context) (plain, wrapped []byte, err error)
	Unwrap(ctx context.Context, c Context, wrapped []byte) (plain []byte, err error)
}

// Box seals and opens. It keeps unwrapped data keys in memory for a few minutes and is safe for concurrent use.
type Box struct {
	keys Keys
	now  func() time.Time
	rand io.Reader

	mu    sync.Mutex
	cache map[string]cached
}

type cached struct {
	plain []byte
	until time.Time
}

const (
	cacheFor  = 15 * time.Minute
	cacheSize = 1000
)

// New returns a box. rand gives nonces and must be a cryptographic source outside of simulations.
func New(keys Keys, now func() time.Time, rand io.Reader) *Box {
	return &Box{keys: keys, now: now, rand: rand, cache: map[string]cached{}}
}

// ErrOpen says that a sealed value is not what this context sealed, or was altered.
var ErrOpen = errors.New("sealed value does not open in this context")

// Seal encrypts plain under a new data key: one KMS call.
func (b *Box) Seal(ctx context.Context, c Context, plain []byte) (Sealed, error) {
	held, err := b.Hold(ctx, c, Sealed{})
	if err != nil {
		return Sealed{}, err
	}
	return held.Seal(plain)
}

// Reseal encrypts plain under the data key of like; a KMS call only when that key is not in memory.
func (b *Box) Reseal(ctx context.Context, c Context, like Sealed, plain []byte) (Sealed, error) {
	held, err := b.Hold(ctx, c, like)
	if err != nil {
		return Sealed{}, err
	}
	return held.Seal(plain)
}

// Held is a data key in hand: whatever comes can be sealed under it without a call to anybody.
type Held struct {
	box            *Box
	context        Context
	plain, wrapped []byte
}

// Hold takes the data key of like into the hand, or a new one when like has none: at most one KMS call. It is for values
// that must be stored as soon as they come, because nobody can make them again.
func (b *Box) Hold(ctx context.Context, c Context, like Sealed) (Held, error) {
	if len(like.Key) > 0 {
		key, err := b.key(ctx, c, like.Key)
		return Held{b, c, key, like.Key}, err
	}
	key, wrapped, err := b.keys.Generate(ctx, c)
	if err != nil {
		return Held{}, fmt.Errorf("data key for %s: %w", c.Purpose, err)
	}
	b.remember(c, wrapped, key)
	return Held{b, c, key, wrapped}, nil
}

// Seal encrypts plain under the key in hand.
func (h Held) Seal(plain []byte) (Sealed, error) {
	gcm, err := mode(h.plain)
	if err != nil {
		return Sealed{}, err
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := io.ReadFull(h.box.rand, nonce); err != nil {
		return Sealed{}, fmt.Errorf("read nonce: %w", err)
	}
	return Sealed{Key: h.wrapped, Nonce: nonce, Text: gcm.Seal(nil, nonce, plain, additional(h.context))}, nil
}

// Open decrypts what Seal or Reseal made under the same context.
func (b *Box) Open(ctx context.Context, c Context, s Sealed) ([]byte, error) {
	key, err := b.key(ctx, c, s.Key)
	if err != nil {
		return nil, err
	}
	gcm, err := mode(key)
	if err != nil {
		return nil, err
	}
	if len(s.Nonce) != gcm.NonceSize() {
		return nil, ErrOpen
	}
	plain, err := gcm.Open(nil, s.Nonce, s.Text, additional(c))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func (b *Box) key(ctx context.Context, c Context, wrapped []byte) ([]byte, error) {
	id := cacheID(c, wrapped)
	b.mu.Lock()
	hit, ok := b.cache[id]
	b.mu.Unlock()
	if ok && b.now().Before(hit.until) {
		return hit.plain, nil
	}
	plain, err := b.keys.Unwrap(ctx, c, wrapped)
	if err != nil {
		return nil, fmt.Errorf("unwrap data key for %s: %w", c.Purpose, err)
	}
	b.remember(c, wrapped, plain)
	return plain, nil
}

func (b *Box) remember(c Context, wrapped, plain []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.cache) >= cacheSize {
		clear(b.cache)
	}
	b.cache[cacheID(c, wrapped)] = cached{plain, b.now().Add(cacheFor)}
}

func cacheID(c Context, wrapped []byte) string {
	return string(c.Purpose) + "\x00" + c.Connection + "\x00" + string(wrapped)
}

func additional(c Context) []byte { return []byte(string(c.Purpose) + "\x00" + c.Connection) }

func mode(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return cipher.NewGCM(block)
}
