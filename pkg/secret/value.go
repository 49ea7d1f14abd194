package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// mask is what every way of printing a Value shows, whatever it holds.
const mask = "[secret]"

// errInline is the answer to every attempt to decode a secret from text:
// secrets reach a Value only through a Source.
var errInline = errors.New("a secret cannot be written inline, give a reference such as {env: NAME}")

// Value is a secret. The text lives in a closure: reflection, fmt, encoders
// and go-cmp see a function and nothing else. The zero Value holds nothing.
type Value struct{ reveal func() string }

// New wraps text. The caller must not keep the text.
func New(text string) Value { return Value{reveal: func() string { return text }} }

// IsZero reports whether v holds nothing. An empty text counts as nothing.
func (v Value) IsZero() bool { return v.reveal == nil || v.reveal() == "" }

// Reveal returns the text. Only pkg/connect and drivers may call it, and only
// to send it.
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// Equal compares two secrets in constant time for equal lengths. go-cmp uses it.
func (v Value) Equal(w Value) bool {
	return hmac.Equal([]byte(v.Reveal()), []byte(w.Reveal()))
}

// Hash returns the keyed 8-byte fingerprint of v as 11 characters. Without the
// key nothing can be learnt from it; with the key it tells only "same" or "not
// the same".
func (v Value) Hash(key []byte) string { return Hash(key, v.Reveal()) }

// Hash is the keyed 8-byte fingerprint that the ledger keeps of any value.
func Hash(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, text)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:8])
}

// String prints the mask.
func (Value) String() string { return mask }

// Format prints the mask under every verb, also %#v and %x.
func (Value) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, mask) }

// MarshalText prints the mask.
func (Value) MarshalText() ([]byte, error) { return []byte(mask), nil }

// MarshalJSON prints the mask as a JSON string.
func (Value) MarshalJSON() ([]byte, error) { return []byte(`"` + mask + `"`), nil }

// UnmarshalText refuses: nobody may inline a secret.
func (*Value) UnmarshalText([]byte) error { return errInline }

// UnmarshalJSON refuses: nobody may inline a secret.
func (*Value) UnmarshalJSON([]byte) error { return errInline }
