package connect

import (
	"errors"
	"testing"
)

func TestGate(t *testing.T) {
	const (
		folder = "/v1/subaccountDestinationFragments"
		ledger = `{"FragmentName":"reconcile-ledger-iag-prod-0","a":"b"}`
		lock   = `{"FragmentName":"reconcile-lock-iag-prod-1"}`
	)
	type verdict struct{ readOnly, ledgerOnly bool }
	for _, tc := range []struct {
		name, method, path string
		args               []string
		in                 any
		want               verdict
	}{
		{"get", "GET", "/v1/subaccountDestinations", nil, nil, verdict{true, true}},
		{"head", "HEAD", "/v1/subaccountDestinations", nil, nil, verdict{true, true}},
		{"post", "POST", "/v1/subaccountDestinations", nil, []byte(ledger), verdict{false, false}},
		{"put", "PUT", "/v1/subaccountDestinations", nil, []byte(`{}`), verdict{false, false}},
		{"patch", "PATCH", folder, nil, []byte(ledger), verdict{false, false}},
		{"delete all", "DELETE", folder, nil, nil, verdict{false, false}},
		{"post ledger", "POST", folder, nil, []byte(ledger), verdict{false, true}},
		{"put lock", "PUT", folder, nil, []byte(lock), verdict{false, true}},
		{"post foreign", "POST", folder, nil, []byte(`{"FragmentName":"theirs"}`), verdict{false, false}},
		{"post prefix elsewhere", "POST", folder, nil, []byte(`{"FragmentName":"x","note":"reconcile-lock-iag-prod-1"}`), verdict{false, false}},
		{"post wrong case", "POST", folder, nil, []byte(`{"fragmentname":"reconcile-lock-iag-prod-1"}`), verdict{false, false}},
		{"post other integration", "POST", folder, nil, []byte(`{"FragmentName":"reconcile-lock-iag-test-1"}`), verdict{false, false}},
		{"post array", "POST", folder, nil, []byte("[" + ledger + "]"), verdict{false, false}},
		{"post nothing", "POST", folder, nil, nil, verdict{false, false}},
		{"post number", "POST", folder, nil, []byte(`{"FragmentName":1}`), verdict{false, false}},
		{"post below", "POST", folder + "/{name}", []string{"x"}, []byte(ledger), verdict{false, false}},
		{"instance level", "POST", "/v1/instanceDestinationFragments", nil, []byte(ledger), verdict{false, false}},
		{"delete ledger", "DELETE", folder + "/{name}", []string{"reconcile-ledger-iag-prod-0"}, nil, verdict{false, true}},
		{"delete foreign", "DELETE", folder + "/{name}", []string{"theirs"}, nil, verdict{false, false}},
		{"delete sneaky", "DELETE", folder + "/{name}", []string{"../theirs"}, nil, verdict{false, false}},
		{"delete sneakier", "DELETE", folder + "/{name}", []string{"reconcile-lock-iag-prod-/../theirs"}, nil, verdict{false, false}},
		{"token path elsewhere", "POST", "/oauth/token", nil, nil, verdict{false, false}},
	} {
		for mode, allowed := range map[Mode]bool{ReadOnly: tc.want.readOnly, LedgerOnly: tc.want.ledgerOnly, Write: true} {
			f := always(200, "")
			s, c := openAs(t, f, Options{Mode: mode, LedgerPrefixes: []string{"", "reconcile-ledger-iag-prod-", "reconcile-lock-iag-prod-"}}, None{})
			_, err := c.Do(t.Context(), Call{Method: tc.method, Path: tc.path, Args: tc.args, In: tc.in})
			if errors.Is(err, ErrRefused) == allowed || (len(f.seen) == 1) != allowed || s.Calls() != len(f.seen) {
				t.Errorf("%s in %s mode: %v, sent %v", tc.name, mode, err, f.paths())
			}
			if in, ok := tc.in.([]byte); ok && allowed && f.seen[0].body != string(in) {
				t.Errorf("%s in %s mode: body arrived as %q", tc.name, mode, f.seen[0].body)
			}
		}
	}
}

func TestGateNamesMethodPathAndMode(t *testing.T) {
	_, c := open(t, always(200, ""), ReadOnly)
	_, err := c.Do(t.Context(), Call{Method: "DELETE", Path: "/v1/subaccountDestinations/{name}", Args: []string{"IPS_PROXY"}})
	want := "svc DELETE /v1/subaccountDestinations/{name}: refused before sending in read-only mode"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if e, ok := errors.AsType[*Error](err); !ok || e.Attempts != 0 || errors.Is(err, ErrUncertain) || errors.Is(err, ErrUnreachable) {
		t.Errorf("%#v", e)
	}
}
