package intruder

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// sealedAway are the attacks of somebody who can write to the tables: what is sealed is moved to where they can use it.
func sealedAway() []Attack {
	return []Attack{
		{
			Name: "ciphertext: another connect's code moved into mine", Sends: "B's sealed code and verifier written over A's, then confirmed by A", Want: "500 internal",
			Defence: "KMS opens a data key only under the encryption context of its owner", File: "shared/seal/kms.go", watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				mine, err := s.returned(ctx, s.mine)
				if err != nil {
					return "", err
				}
				theirs, err := s.returned(ctx, s.other)
				if err != nil {
					return "", err
				}
				to, err := s.attemptItem(ctx, mine)
				if err != nil {
					return "", err
				}
				from, err := s.attemptItem(ctx, theirs)
				if err != nil {
					return "", err
				}
				to["code"], to["verifier"] = from["code"], from["verifier"]
				if err := s.write(ctx, "Sessions", to); err != nil {
					return "", err
				}
				return s.confirm(ctx, s.mine.Tenant, samePerson, mine)
			},
		},
		{
			Name: "ciphertext: my webhook's secret moved onto another company's", Sends: "the attacker's sealed signature token on the victim's item, then a delivery signed with it",
			Want: "500 internal", Defence: "KMS opens a data key only under the encryption context of its owner", File: "shared/seal/kms.go", watch: untouched(),
			try: func(ctx context.Context, s *scene) (string, error) {
				hook, own := s.victim.hooks["applicationCreated"], s.attacker.hooks["applicationCreated"]
				return s.moved(ctx, "hook#"+address(hook.URL), func(to item) error {
					from, err := s.read(ctx, "Hooks", "hook#"+address(own.URL), "secret")
					to["token"] = from["token"]
					return err
				}, func() (string, error) {
					r, err := s.deliver(ctx, hook.URL, letter{key: own.SignatureToken, event: hook.Event, about: s.victim.candidates[0].ID}.body())
					return r.String(), err
				})
			},
		},
		{
			Name: "ciphertext: the key service asked for another company's keys", Sends: "the victim's wrapped data keys, to KMS itself, as the attacker's and as for another purpose",
			Want: "KMS refuses ×4", Defence: "KMS opens a data key only under the encryption context of its owner", File: "shared/seal/kms.go", watch: standing(), try: unwrapped,
		},
		{
			Name: "ciphertext: one bit of a webhook's secret turned", Sends: "an altered sealed signature token, then a good delivery", Want: "500 internal",
			Defence: "AES-GCM notices every change", File: "shared/seal/seal.go", watch: untouched(),
			try: func(ctx context.Context, s *scene) (string, error) {
				hook := s.victim.hooks["applicationCreated"]
				return s.moved(ctx, "hook#"+address(hook.URL), func(to item) error {
					sealed, _ := to["token"].(*types.AttributeValueMemberM)
					if sealed == nil {
						return errors.New("the webhook has no sealed token")
					}
					text, _ := sealed.Value["text"].(*types.AttributeValueMemberB)
					if text == nil {
						return errors.New("the sealed token has no text")
					}
					text.Value[0] ^= 1
					return nil
				}, func() (string, error) {
					r, err := s.deliver(ctx, hook.URL, letter{key: hook.SignatureToken, event: hook.Event, about: s.victim.candidates[0].ID}.body())
					return r.String(), err
				})
			},
		},
	}
}

// unwrapped asks KMS for the data keys of the victim's tokens and of a webhook's secret, as the account's owner may: under
// their own encryption context it opens them, under any other it must not.
func unwrapped(ctx context.Context, s *scene) (string, error) {
	var got tally
	for _, at := range []struct{ table, pk, sk, attribute, purpose, other string }{
		{"Connections", s.victim.connection, "tokens", "sealed", "token", "hook"},
		{"Hooks", "hook#" + address(s.victim.hooks["applicationCreated"].URL), "secret", "token", "hook", "token"},
	} {
		stored, err := s.read(ctx, at.table, at.pk, at.sk)
		if err != nil {
			return "", err
		}
		if opened, err := s.unwrap(ctx, stored[at.attribute], s.victim.connection, at.purpose); err != nil || !opened {
			return "", errors.Join(err, errors.New("KMS does not open the key for its owner either"))
		}
		for _, as := range [][2]string{{s.attacker.connection, at.purpose}, {s.victim.connection, at.other}} {
			opened, err := s.unwrap(ctx, stored[at.attribute], as[0], as[1])
			if err != nil {
				return "", err
			}
			got.add("", map[bool]string{false: "KMS refuses", true: "KMS opens"}[opened])
		}
	}
	return got.String(), nil
}

// unwrap asks KMS for the data key of a sealed value and says whether it gave it.
func (g *Ground) unwrap(ctx context.Context, sealed types.AttributeValue, connection, purpose string) (bool, error) {
	parts, _ := sealed.(*types.AttributeValueMemberM)
	if parts == nil {
		return false, errors.New("there is no sealed value")
	}
	wrapped, _ := parts.Value["key"].(*types.AttributeValueMemberB)
	if wrapped == nil {
		return false, errors.New("the sealed value has no wrapped key")
	}
	_, err := g.keys.Decrypt(ctx, &kms.DecryptInput{
		CiphertextBlob: wrapped.Value, EncryptionContext: map[string]string{"connection": connection, "purpose": purpose},
	})
	var invalid *kmstypes.InvalidCiphertextException
	if errors.As(err, &invalid) {
		return false, nil
	}
	return err == nil, err
}

func (s *scene) attemptItem(ctx context.Context, attempt string) (item, error) {
	pointer, err := s.read(ctx, "Sessions", "attempt#"+hashed(attempt), "attempt")
	if err != nil {
		return nil, err
	}
	return s.read(ctx, "Sessions", textOf(pointer, "state"), "attempt")
}

// moved alters an item of the table Hooks, has something done, and puts the item back as it was.
func (s *scene) moved(ctx context.Context, pk string, change func(item) error, do func() (string, error)) (got string, err error) {
	whole, err := s.read(ctx, "Hooks", pk, "secret")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.write(context.WithoutCancel(ctx), "Hooks", whole)) }()
	changed, err := s.read(ctx, "Hooks", pk, "secret")
	if err != nil {
		return "", err
	}
	if err := change(changed); err != nil {
		return "", err
	}
	if err := s.write(ctx, "Hooks", changed); err != nil {
		return "", err
	}
	return do()
}
