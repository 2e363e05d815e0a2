package store

import "context"

// User is a row of users.
type User struct {
	ID           string `json:"id"`
	Email        string `json:"email"`
	PasswordHash string `json:"-"`
}

// AddUser makes a user. ErrTaken where the address has one.
func (s *Store) AddUser(ctx context.Context, email, passwordHash string) (User, error) {
	db, err := s.db(ctx)
	if err != nil {
		return User{}, err
	}
	user := User{Email: email, PasswordHash: passwordHash}
	err = db.QueryRow(ctx, "INSERT INTO users (email, password_hash) VALUES ($1, $2) RETURNING id", email, passwordHash).Scan(&user.ID)
	return user, told(err)
}

// UserByEmail finds a user, whatever the letters' case.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	db, err := s.db(ctx)
	if err != nil {
		return User{}, err
	}
	var user User
	row := db.QueryRow(ctx, "SELECT id, email, password_hash FROM users WHERE lower(email) = lower($1)", email)
	return user, told(row.Scan(&user.ID, &user.Email, &user.PasswordHash))
}
