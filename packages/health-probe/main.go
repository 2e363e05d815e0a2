// Command health-probe asks the server in its own container whether it is well: `health-probe <port> <path>`.
//
// An image of a Go API has no shell and no curl, and the API needs no health command of its own. net/http would make
// this 5 MB instead of 2.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

const limit = 2 * time.Second

func main() {
	if len(os.Args) != 3 {
		fail("usage: health-probe <port> <path>")
	}
	status, err := probe(os.Args[1], os.Args[2])
	if err != nil {
		fail(err.Error())
	}
	if !strings.HasPrefix(status, "2") {
		fail(fmt.Sprintf("%s answered %s", os.Args[2], status))
	}
}

// probe returns the status and reason of the answer.
func probe(port, path string) (string, error) {
	connection, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", port), limit)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(limit)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: health-probe\r\nConnection: close\r\n\r\n", path); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("%s: no answer: %w", path, err)
	}
	version, status, found := strings.Cut(strings.TrimSpace(line), " ")
	if !found || !strings.HasPrefix(version, "HTTP/") {
		return "", fmt.Errorf("%s: no HTTP answer on port %s", path, port)
	}
	return status, nil
}

func fail(text string) {
	fmt.Println(text) // the daemon keeps standard output as the check's result
	os.Exit(1)
}
