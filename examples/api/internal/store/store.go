// Package store keeps users and images in PostgreSQL.
package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNotFound and ErrTaken are what a caller can do something about.
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("taken already")
)

//go:embed schema.sql
var schema string

const (
	schemaLock      = 7_261_034 // any number; replicas that start together wait for one another
	uniqueViolation = "23505"
	noSuchOwner     = "23503" // a token outlived its user
	badText         = "22P02" // a text that is no uuid
)

// Store is a pool of connections.
type Store struct {
	pool  *pgxpool.Pool
	mutex sync.Mutex
	ready bool
}

// Open makes the pool; it connects when it is first used, so that a database that starts later is no error.
func Open(url string) (*Store, error) {
	settings, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("DATABASE_URL: not an address like postgres://user:password@host:5432/name") // the text holds a password
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), settings)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return &Store{pool: pool}, nil
}

// Close ends all connections.
func (s *Store) Close() { s.pool.Close() }

// db is the pool, with the tables made.
func (s *Store) db(ctx context.Context) (*pgxpool.Pool, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.ready {
		return s.pool, nil
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", schemaLock); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, schema)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.ready = true
	return s.pool, nil
}

func told(err error) error {
	var database *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &database) && database.Code == uniqueViolation:
		return ErrTaken
	case errors.As(err, &database) && (database.Code == badText || database.Code == noSuchOwner):
		return ErrNotFound
	}
	return err
}
