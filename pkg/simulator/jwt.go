package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// claims are the fields of the landscape's tokens that its services look at.
type claims struct {
	Issuer   string         `json:"iss"`
	Zone     string         `json:"zid,omitempty"`
	ClientID string         `json:"client_id"`
	CID      string         `json:"cid,omitempty"`
	Audience []string       `json:"aud,omitempty"`
	Scope    []string       `json:"scope,omitempty"`
	Issued   int64          `json:"iat"`
	Expires  int64          `json:"exp"`
	ID       string         `json:"jti"`
	Ext      map[string]any `json:"ext_attr,omitempty"`
}

// sign makes a JWT that any client library can decode. Clients do not check the signature; the services do, so that
// a token survives a restart of the landscape but not a change of its landscape.
func (s *state) sign(c claims) string {
	payload, err := json.Marshal(c)
	if err != nil {
		return "" // cannot happen: the claims are plain values
	}
	head := encode64([]byte(`{"alg":"HS256","typ":"JWT","kid":"landscape"}`)) + "." + encode64(payload)
	return head + "." + encode64(s.mac(head))
}

// verify decodes a token that was signed here and is not expired.
func (s *state) verify(token string, now time.Time) (claims, bool) {
	var c claims
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return c, false
	}
	sum, err := base64.RawURLEncoding.DecodeString(token[i+1:])
	if err != nil || !hmac.Equal(sum, s.mac(token[:i])) {
		return c, false
	}
	_, payload, _ := strings.Cut(token[:i], ".")
	data, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(data, &c) != nil {
		return c, false
	}
	return c, now.Unix() < c.Expires
}

func (s *state) mac(text string) []byte {
	h := hmac.New(sha256.New, []byte(s.Signing))
	h.Write([]byte(text))
	return h.Sum(nil)
}

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
