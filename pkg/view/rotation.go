package view

import (
	"fmt"
	"io"
	"time"

	"reconcile/pkg/ias"
	"reconcile/pkg/resource"
)

// Rotation is what reconcile rotate has to say.
type Rotation struct {
	Integration, Stage string
	Ref                resource.Ref
	// Phase says where the rotation stands, as an ias.RotationStage.
	Phase string
	// Full says that both slots are used.
	Full bool
	// Labels are the secrets in the slots, the one in use first.
	Labels   []string
	Carriers []ias.Carrier
	Login    bool
	Failure  string
	Next     []string
	Warnings []resource.Fault
	ExitCode int
}

// holder is one carrier on the wire.
type holder struct {
	Ref   string    `json:"ref"`
	Path  string    `json:"path"`
	Label string    `json:"label,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Equal bool      `json:"equal"`
}

// RotationJSON writes one document.
func RotationJSON(w io.Writer, r Rotation) error {
	return encode(w, struct {
		FormatVersion int      `json:"formatVersion"`
		Command       string   `json:"command"`
		Integration   string   `json:"integration"`
		Stage         string   `json:"stage"`
		ExitCode      int      `json:"exitCode"`
		Complete      bool     `json:"complete"`
		Ref           string   `json:"ref"`
		Phase         string   `json:"phase"`
		Full          bool     `json:"bothSlotsUsed"`
		Labels        []string `json:"secrets"`
		Holders       []holder `json:"holders"`
		Login         bool     `json:"loginProved"`
		Failure       string   `json:"failure,omitempty"`
		Next          []string `json:"next"`
		Warnings      []fault  `json:"warnings"`
		Errors        []fault  `json:"errors"`
	}{
		formatVersion, "rotate", r.Integration, r.Stage, r.ExitCode, true, r.Ref.String(), r.Phase, r.Full, each(r.Labels, func(s string) string { return s }),
		each(r.Carriers, func(c ias.Carrier) holder { return holder{c.String(), c.Path, c.Label, c.Since, c.Equal} }),
		r.Login, r.Failure, r.Next, each(r.Warnings, newFault),
		[]fault{},
	})
}

// phases words where a rotation stands.
var phases = map[string]string{
	string(ias.RotationFree):      "one slot is free: a new secret can be made",
	string(ias.RotationUnclear):   "it is not known which secret is the newer one",
	string(ias.RotationAdded):     "the newer secret is not in use yet",
	string(ias.RotationSwitching): "the secret in use is not everywhere yet",
	string(ias.RotationUnproved):  "the newer secret is in place, and not proved",
	string(ias.RotationSettling):  "the newer secret works; consumers may still use the old one",
	string(ias.RotationDone):      "the newer secret is in place, proved and in use",
}

// RotationText writes where the rotation stands and what comes next.
func RotationText(w io.Writer, r Rotation, style Style) error {
	p := &page{style: style}
	p.write(0, span{r.Ref.String() + "  ", bold}, span{phases[r.Phase], plain})
	if r.Full {
		p.write(2, span{"both slots are used: no other secret can be made before one is deleted", yellow})
	}
	for i, label := range r.Labels {
		use := "in use"
		if i > 0 {
			use = "other slot"
		}
		p.write(2, span{fmt.Sprintf("%-10s  ", use), dim}, span{label, plain})
	}
	for _, c := range r.Carriers {
		text := "holds another secret than the one in use"
		if c.Equal {
			text = "holds the secret in use"
		}
		if c.Label != "" {
			text += fmt.Sprintf("; %q was written %s", c.Label, c.Since.UTC().Format(time.RFC3339))
		}
		p.write(2, span{c.String() + c.Path + "  ", plain}, span{text, dim})
	}
	if r.Login {
		p.write(2, span{"a login with the secret in use works", green})
	}
	p.blank()
	for _, line := range r.Next {
		p.write(2, span{"→ " + line, plain})
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}
