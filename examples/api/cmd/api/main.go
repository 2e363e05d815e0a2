// Command api serves the product's API; `api healthcheck` asks a running one whether it is well.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"nextcore.example/api/internal/config"
	"nextcore.example/api/internal/limit"
	"nextcore.example/api/internal/objects"
	"nextcore.example/api/internal/pictures"
	"nextcore.example/api/internal/server"
	"nextcore.example/api/internal/store"
	"nextcore.example/api/internal/token"
)

const (
	headerTimeout = 5 * time.Second
	idleTimeout   = 75 * time.Second // longer than a proxy keeps its idle connections, so that the proxy closes them
	drainTimeout  = 15 * time.Second
)

func main() {
	if len(os.Args) > 1 {
		if os.Args[1] != "healthcheck" {
			fmt.Fprintf(os.Stderr, "unknown command %q; known: healthcheck\n", os.Args[1])
			os.Exit(2)
		}
		if err := healthcheck(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	settings, err := config.FromEnv(os.LookupEnv)
	if err != nil {
		return err
	}
	// Nothing below waits for the network: /health answers while the database is still starting.
	database, err := store.Open(settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer database.Close()
	verifier, err := token.New(settings.Token)
	if err != nil {
		return err
	}
	attempts, err := limit.New(settings.RedisURL)
	if err != nil {
		return err
	}
	defer attempts.Close()
	handler := server.New(server.Parts{
		Settings: settings,
		Store:    database,
		Objects:  objects.New(settings.Objects),
		Tokens:   verifier,
		Pictures: pictures.New(settings.Pictures),
		Attempts: attempts,
		Log:      log,
	})
	listener, err := net.Listen("tcp", net.JoinHostPort(settings.Host, settings.Port))
	if err != nil {
		return err
	}
	web := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	log.Info("listening", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	drain, done := context.WithTimeout(context.Background(), drainTimeout)
	defer done()
	if err := web.Shutdown(drain); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stopped with answers in flight: %w", err)
	}
	return nil
}

// healthcheck is what the container's health check runs: the image has no shell and no curl.
func healthcheck() error {
	port := os.Getenv("PORT")
	if port == "" {
		port = config.DefaultPort
	}
	client := http.Client{Timeout: 2 * time.Second}
	answer, err := client.Get("http://" + net.JoinHostPort("127.0.0.1", port) + "/health")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("/health answered %s", answer.Status)
	}
	return nil
}
