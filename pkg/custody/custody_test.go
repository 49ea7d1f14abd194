package custody

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/resource"
)

// TestPrivate: a file is kept well when nobody else can read it or put another one in
// its place.
func TestPrivate(t *testing.T) {
	for name, c := range map[string]struct {
		folder, file os.FileMode
		want         string
	}{
		"mine":            {0o700, 0o600, ""},
		"others read it":  {0o700, 0o644, "is open to others"},
		"mounted secret":  {0o700, 0o440, ""},
		"others swap it":  {0o777, 0o600, "can replace it"},
		"in a sticky one": {0o777 | os.ModeSticky, 0o600, ""},
	} {
		folder := filepath.Join(t.TempDir(), "d")
		file := filepath.Join(folder, "key.json")
		for _, err := range []error{os.Mkdir(folder, 0o700), os.WriteFile(file, nil, 0o600), os.Chmod(file, c.file), os.Chmod(folder, c.folder)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		faults := Private("key", file)
		if c.want == "" && len(faults) > 0 || c.want != "" && (len(faults) != 1 || !strings.Contains(faults[0].Message, c.want)) {
			t.Errorf("%s: %+v", name, faults)
		}
	}
}

// TestKey: a service key is warned of when its certificate is within the horizon, in
// other words once it is over.
func TestKey(t *testing.T) {
	ends := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	for days, want := range map[int]string{-40: "", -10: "in 10 days", 1: "expired on 2026-12-24"} {
		h := Horizon{Now: ends.AddDate(0, 0, days), Days: 30}
		faults := h.Key(resource.Fault{Path: "/p"}, certificate(t, ends))
		if want == "" && len(faults) > 0 || want != "" && (len(faults) != 1 || !strings.Contains(faults[0].Message, want) || faults[0].Path != "/p") {
			t.Errorf("%d days: %+v", days, faults)
		}
	}
	if faults := (Horizon{Now: ends, Days: 30}).Key(resource.Fault{}, "no certificate"); faults != nil {
		t.Errorf("%+v", faults)
	}
}

// certificate is one that ends then, as PEM.
func certificate(t *testing.T, ends time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
