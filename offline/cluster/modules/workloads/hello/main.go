// Command hello is the smallest workload for a Knative Service, the yardstick of a start from zero.
// It answers with when its process started and when it answered; `?sleep=2s` makes it slow,
// `?fetch=URL` makes it answer with what it got from there, as seen from inside the cluster.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	start := time.Now()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if pause, err := time.ParseDuration(query.Get("sleep")); err == nil {
			time.Sleep(pause)
		}
		if url := query.Get("fetch"); url != "" {
			fetch(w, url)
			return
		}
		fmt.Fprintf(w, "hello from %s started %d now %d\n", os.Getenv("HOSTNAME"), start.UnixMilli(), time.Now().UnixMilli())
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}

func fetch(w http.ResponseWriter, url string) {
	client := http.Client{Timeout: 30 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.WriteHeader(answer.StatusCode)
	if _, err := io.Copy(w, answer.Body); err != nil {
		log.Print(err)
	}
}
