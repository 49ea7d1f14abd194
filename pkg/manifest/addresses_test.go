package manifest

import (
	"strings"
	"testing"
)

func TestAddressesOfConnections(t *testing.T) {
	for text, says := range map[string]string{
		"https://iag-demo.accounts.ondemand.com": "", "https://IAG-Demo.accounts.ondemand.com": "small letters", "HTTPS://iag-demo.accounts.ondemand.com": "small letters",
		"https://me:SEKRET@iag-demo.accounts.ondemand.com": "carries a login", "https://SEKRET@iag-demo.accounts.ondemand.com": "carries a login",
		"https://iag-demo.accounts.ondemand.com/": "beyond the host", "https://iag-demo.accounts.ondemand.com/ips": "beyond the host", "https://iag-demo.accounts.ondemand.com?": "beyond the host",
		"http://iag-demo.accounts.ondemand.com": "not an https address", "iag-demo.accounts.ondemand.com": "not an https address", "https://": "not an https address",
		" https://iag-demo.accounts.ondemand.com": "blank",
	} {
		message, remedy := tenantAddress(text)
		if (message == "") != (says == "") || !strings.Contains(message, says) || strings.Contains(message+remedy, "SEKRET") {
			t.Errorf("tenant %q: %s; %s", text, message, remedy)
		}
	}
	for text, says := range map[string]string{
		"https://adapter.example": "", "https://Adapter.example:8443/path/": "", "http://127.0.0.1:8080": "",
		"ftp://adapter.example": "not an https", "adapter.example": "not an https", "https://me:SEKRET@adapter.example": "carries a login", "https://adapter.example?x=SEKRET1": "beyond",
		"https://SEKRET@adapter.example": "carries a login", "https://a b": "not an https",
	} {
		message := adapterAddress(text)
		if (message == "") != (says == "") || !strings.Contains(message, says) || strings.Contains(message, "SEKRET@") {
			t.Errorf("adapter %q: %s", text, message)
		}
	}
}
