package vault

import (
	"context"
	"fmt"
	"strings"

	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
)

// serviceAccount is where Kubernetes mounts a pod's token.
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// Auth is a way to log in: [Kubernetes], [AppRole] or [TokenFile].
type Auth struct {
	mount string
	login func(ctx context.Context, c *Client, mount string) (session, error)
	// file holds the token where something else keeps it; it is read each time.
	file secret.Source
}

// At returns the way to log in at an auth method with another mount than the
// usual one. Kubernetes(role, path).At("jwt") logs in by the method jwt, which
// takes the same.
func (a Auth) At(mount string) Auth {
	a.mount = strings.Trim(mount, "/")
	return a
}

// Kubernetes logs in with the token of the pod's service account, read at each
// login from a file; where Kubernetes mounts it by default if path is empty. The
// auth method lies at kubernetes.
func Kubernetes(role, path string) Auth {
	if path == "" {
		path = serviceAccount
	}
	return Auth{mount: "kubernetes", login: func(ctx context.Context, c *Client, mount string) (session, error) {
		jwt, err := readFile(ctx, path)
		if err != nil {
			return session{}, err
		}
		return c.logIn(ctx, mount, map[string]any{"role": role, "jwt": jwt.Reveal()})
	}}
}

// AppRole logs in with a role's id and the secret id in a file, read at each
// login. The auth method lies at approle.
func AppRole(roleID, secretIDPath string) Auth {
	return Auth{mount: "approle", login: func(ctx context.Context, c *Client, mount string) (session, error) {
		id, err := readFile(ctx, secretIDPath)
		if err != nil {
			return session{}, err
		}
		return c.logIn(ctx, mount, map[string]any{"role_id": roleID, "secret_id": id.Reveal()})
	}}
}

// TokenFile takes the token in a file that an agent, such as Vault's, renews and
// replaces. The file is read before each request. The client neither renews nor
// revokes such a token.
func TokenFile(path string) Auth {
	return Auth{file: secret.File(path), login: func(ctx context.Context, _ *Client, _ string) (session, error) {
		token, err := readFile(ctx, path)
		return session{token: token}, err
	}}
}

func readFile(ctx context.Context, path string) (redact.Secret[string], error) {
	text, err := secret.File(path).Read(ctx)
	if err == nil && len(text) == 0 {
		err = fmt.Errorf("%s is empty; it may be in the middle of being written", path)
	}
	return redact.NewSecret(string(text)), err
}

// logIn asks an auth method for a token.
func (c *Client) logIn(ctx context.Context, mount string, body map[string]any) (session, error) {
	path := "auth/" + mount + "/login"
	answer, err := c.as(session{}).WriteWithContext(ctx, path, body)
	switch {
	case err != nil:
		return session{}, c.explain("log in at", path, err)
	case answer == nil || answer.Auth == nil || answer.Auth.ClientToken == "":
		return session{}, fmt.Errorf("vault at %s: log in at %s: the answer holds no token", c.host, path)
	}
	return session{
		token: redact.NewSecret(answer.Auth.ClientToken),
		lease: c.leaseOf(answer.Auth.LeaseDuration, answer.Auth.Renewable),
	}, nil
}
