// Package sealtest has a key service in memory that keeps the promise of KMS on which package seal rests: a wrapped key
// unwraps only under the context it was made for.
package sealtest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"github.com/evidenced/lever-integration/shared/seal"
)

// Keys is a key service in memory, deterministic and safe for concurrent use.
type Keys struct {
	mu    sync.Mutex
	next  uint64
	plain map[string][]byte
	calls int
}

// Generate implements seal.Keys.
func (k *Keys) Generate(ctx context.Context, c seal.Context) (plain, wrapped []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls++
	k.next++
	wrapped = binary.BigEndian.AppendUint64([]byte("wrapped-"), k.next)
	sum := sha256.Sum256(wrapped)
	if k.plain == nil {
		k.plain = map[string][]byte{}
	}
	k.plain[id(c, wrapped)] = sum[:]
	return sum[:], wrapped, nil
}

// Unwrap implements seal.Keys.
func (k *Keys) Unwrap(ctx context.Context, c seal.Context, wrapped []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls++
	plain, ok := k.plain[id(c, wrapped)]
	if !ok {
		return nil, seal.ErrOpen
	}
	return plain, nil
}

// Calls counts the calls so far.
func (k *Keys) Calls() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.calls
}

func id(c seal.Context, wrapped []byte) string {
	return string(c.Purpose) + "|" + c.Connection + "|" + string(wrapped)
}
