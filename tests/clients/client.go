// Go's net/http, with one client. Calls come as lines, replies go as lines of JSON.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"
)

type reply struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
}

func request(base string, fields []string) (*http.Request, error) {
	method, target, token, kind, rest := fields[0], base+fields[1], fields[2], fields[3], fields[4:]
	var body io.Reader
	mediaType := ""
	switch kind {
	case "json":
		mediaType, body = "application/json", strings.NewReader(rest[0])
	case "text":
		mediaType, body = rest[0], strings.NewReader(rest[1])
	case "query":
		target += "?" + url.Values{rest[0]: {rest[1]}}.Encode()
	case "file":
		content, err := os.ReadFile(rest[1])
		if err != nil {
			return nil, err
		}
		form := &bytes.Buffer{}
		writer := multipart.NewWriter(form)
		// Its type is application/octet-stream, whatever the file is.
		part, err := writer.CreateFormFile(rest[0], rest[2])
		if err != nil {
			return nil, err
		}
		part.Write(content)
		writer.Close()
		mediaType, body = writer.FormDataContentType(), form
	}
	made, err := http.NewRequest(method, target, body)
	if err != nil {
		return nil, err
	}
	if mediaType != "" {
		made.Header.Set("Content-Type", mediaType)
	}
	if token != "" {
		made.Header.Set("Authorization", "Bearer "+token)
	}
	return made, nil
}

func send(client *http.Client, base string, line string) (*reply, error) {
	made, err := request(base, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(made)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	headers := map[string]string{}
	for name, values := range answer.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	// It takes the field out of the others.
	if answer.Close {
		headers["connection"] = "close"
	}
	return &reply{answer.StatusCode, headers, body}, nil
}

func main() {
	if os.Args[1] == "version" {
		fmt.Printf("net/http of %s\n", strings.Replace(runtime.Version(), "go", "Go ", 1))
		return
	}
	client := &http.Client{Timeout: 20 * time.Second}
	lines := bufio.NewReader(os.Stdin)
	replies := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if made, err := send(client, os.Args[1], line); err != nil {
			replies.Encode(map[string]string{"error": err.Error()})
		} else {
			replies.Encode(made)
		}
	}
}
