package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/itchyny/gojq"
)

// hub is the address that gh calls instead of GitHub.
const hub = "E2E_GITHUB"

// ghCommand is as much of GitHub's command line as the workflow calls: api, its --jq done
// by the same library and page by page, and run download. A flag that it does not know
// is an error.
//
// Fact: flags and pages. Source: GitHub CLI manual, gh api and gh run download, read
// 2026-11-27. [documented]
func ghCommand() {
	err := errors.New("gh knows api and run download only")
	switch {
	case os.Getenv("GH_TOKEN") == "":
		err = errors.New("gh has no GH_TOKEN")
	case len(os.Args) > 2 && os.Args[1] == "api":
		err = ghAPI(os.Args[2:])
	case len(os.Args) == 6 && os.Args[2] == "download" && os.Args[4] == "--name":
		err = ghDownload(os.Args[3], os.Args[5])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gh:", err)
		os.Exit(1)
	}
}

func ghAPI(args []string) error {
	method, query, path, body := "GET", ".", "", io.Reader(nil)
	paginate, silent := false, false
	for ; len(args) > 0; args = args[1:] {
		switch flag := args[0]; {
		case flag == "--paginate":
			paginate = true
		case flag == "--silent":
			silent = true
		case !strings.HasPrefix(flag, "-"):
			path = "/" + flag
		case flag == "--method" && len(args) > 1:
			method, args = args[1], args[1:]
		case flag == "--jq" && len(args) > 1:
			query, args = args[1], args[1:]
		case flag == "-F" && len(args) > 1 && strings.HasPrefix(args[1], "body=@"):
			text, err := os.ReadFile(strings.TrimPrefix(args[1], "body=@"))
			if err != nil {
				return err
			}
			data, _ := json.Marshal(map[string]string{"body": string(text)})
			body, args = bytes.NewReader(data), args[1:]
		default:
			return fmt.Errorf("flag %q is not known", flag)
		}
	}
	for path != "" {
		data, next, err := ghCall(method, path, body)
		if err != nil {
			return err
		}
		if !silent {
			err = ghPrint(query, data)
		}
		if path = next; err != nil || !paginate {
			return err
		}
	}
	return nil
}

// ghCall makes one call and tells where the next page is.
func ghCall(method, path string, body io.Reader) (data []byte, next string, err error) {
	req, err := http.NewRequest(method, os.Getenv(hub)+path, body)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Authorization", "token "+os.Getenv("GH_TOKEN"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err = io.ReadAll(resp.Body)
	if resp.StatusCode >= 300 {
		return nil, "", fmt.Errorf("%s %s: %s %s", method, path, resp.Status, data)
	}
	if link := regexp.MustCompile(`<([^>]*)>; rel="next"`).FindStringSubmatch(resp.Header.Get("Link")); link != nil {
		next = link[1]
	}
	return data, next, err
}

// ghPrint prints what a query makes of a page, texts without quotes.
func ghPrint(query string, page []byte) error {
	parsed, err := gojq.Parse(query)
	if err != nil {
		return err
	}
	code, err := gojq.Compile(parsed, gojq.WithEnvironLoader(os.Environ))
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(page, &value); err != nil {
		return err
	}
	for results := code.Run(value); ; {
		switch v, more := results.Next(); v := v.(type) {
		case error:
			return v
		case string:
			fmt.Println(v)
		default:
			if !more {
				return nil
			}
			text, _ := gojq.Marshal(v)
			fmt.Println(string(text))
		}
	}
}

// ghDownload unpacks an artifact of a run.
func ghDownload(run, name string) error {
	data, _, err := ghCall("GET", "/runs/"+run+"/"+name+".zip", nil)
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	for _, packed := range archive.File {
		file, err := packed.Open()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(file)
		if err = errors.Join(err, os.WriteFile(packed.Name, text, 0o644)); err != nil {
			return err
		}
	}
	return nil
}
