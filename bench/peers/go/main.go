// Go's net/http as one of the clients of the comparison: HTTP/2, or HTTP/1.1 with H1=1. Events are
// read line by line and decoded by encoding/json into the whole chunk, as clients of model servers
// in Go do. The command line is that of ../common/command_line.hpp.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type delta struct {
	Content string `json:"content"`
	Role    string `json:"role"`
}

type choice struct {
	Index        int64           `json:"index"`
	Delta        delta           `json:"delta"`
	Logprobs     json.RawMessage `json:"logprobs"`
	FinishReason string          `json:"finish_reason"`
}

type chunk struct {
	ID                string   `json:"id"`
	Object            string   `json:"object"`
	Created           int64    `json:"created"`
	Model             string   `json:"model"`
	SystemFingerprint string   `json:"system_fingerprint"`
	Choices           []choice `json:"choices"`
}

var (
	events bool
	body   []byte

	requests, seen, failed atomic.Int64
)

func readEvents(from io.Reader) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		data, found := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !found || bytes.HasPrefix(data, []byte("[DONE]")) {
			continue
		}
		var decoded chunk
		if json.Unmarshal(data, &decoded) != nil || len(decoded.Choices) == 0 || decoded.Choices[0].Delta.Content == "" {
			failed.Add(1)
		} else {
			seen.Add(1)
		}
	}
}

func ask(client *http.Client, url string, events bool) {
	request, _ := http.NewRequest("POST", url, bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		if failed.Add(1) == 1 {
			fmt.Fprintln(os.Stderr, err)
		}
		return
	}
	defer response.Body.Close()
	if events {
		readEvents(response.Body)
	} else {
		io.ReadAll(response.Body)
	}
	requests.Add(1)
}

func drive(clients []*http.Client, inFlight int, limit int64, url string) {
	var started atomic.Int64
	var all sync.WaitGroup
	for i := 0; i < inFlight; i++ {
		all.Add(1)
		go func(client *http.Client) {
			defer all.Done()
			for started.Add(1) <= limit {
				ask(client, url, events)
			}
		}(clients[i%len(clients)])
	}
	all.Wait()
}

func newClient(http1, secure bool, inFlight int) *http.Client {
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true},
		MaxIdleConnsPerHost: inFlight,
		DisableCompression:  true,
	}
	if !http1 {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP2(secure)
		transport.Protocols.SetUnencryptedHTTP2(!secure)
	}
	return &http.Client{Transport: transport}
}

func statusKilobytes(key string) int64 {
	text, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, key) {
			number, _ := strconv.ParseInt(strings.Fields(line)[1], 10, 64)
			return number
		}
	}
	return 0
}

func cpu() (user, system float64) {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	seconds := func(time syscall.Timeval) float64 { return float64(time.Sec) + float64(time.Usec)*1e-6 }
	return seconds(used.Utime), seconds(used.Stime)
}

func main() {
	if len(os.Args) < 8 {
		fmt.Fprintf(os.Stderr, "usage: %s unary|sse BASE_URL CONNECTIONS STREAMS REQUESTS PATH WARM\n", os.Args[0])
		os.Exit(2)
	}
	events = os.Args[1] == "sse"
	base, path := os.Args[2], os.Args[6]
	connections, _ := strconv.Atoi(os.Args[3])
	streams, _ := strconv.Atoi(os.Args[4])
	total, _ := strconv.ParseInt(os.Args[5], 10, 64)
	warm, _ := strconv.ParseInt(os.Args[7], 10, 64)
	http1 := os.Getenv("H1") != ""
	var err error
	if body, err = os.ReadFile(os.Getenv("BODY")); err != nil {
		fmt.Fprintln(os.Stderr, "no body: name a file in BODY")
		os.Exit(2)
	}

	inFlight := connections * streams
	if http1 {
		connections = 1 // its connections are in one pool
	}
	var clients []*http.Client
	for i := 0; i < connections; i++ {
		client := newClient(http1, strings.HasPrefix(base, "https"), inFlight)
		ask(client, base+"/", false) // one connection each, before the crowd arrives
		clients = append(clients, client)
	}
	if warm > 0 {
		warmPath := path
		if events {
			warmPath = "/sse?n=200&rate=0"
		}
		drive(clients, inFlight, warm, base+warmPath)
	}

	requests.Store(0)
	seen.Store(0)
	resident := statusKilobytes("VmRSS:")
	user, system := cpu()
	begun := time.Now()
	drive(clients, inFlight, total, base+path)
	wall := time.Since(begun).Seconds()
	userAfter, systemAfter := cpu()
	fmt.Printf("{\"requests\":%d,\"events\":%d,\"errors\":%d,\"wall\":%.6f,\"user\":%.6f,\"system\":%.6f,\"resident_kb\":%d,\"peak_kb\":%d}\n",
		requests.Load(), seen.Load(), failed.Load(), wall, userAfter-user, systemAfter-system, resident, statusKilobytes("VmHWM:"))
}
