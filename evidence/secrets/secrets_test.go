package secrets

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/evidencetest"
)

// The secrets of the tests are put together here, so that no scanner takes
// this file for a leak.
var (
	awsKey    = "AKIA" + strings.ToUpper("qx7lz2mw4vt6hj5k")
	githubKey = "ghp" + "_" + "x9Kd82LmQ0zTr5VbN3wYc7HsJ4fGp1Ae6UiO"
	apiKey    = "q8Zr" + "T2xLm9" + "VbKw4" + "NcY7dHs"
	password  = "hunt" + "er-2!"
	private   = "-----BEGIN RSA PRIVATE" + " KEY-----\n" + strings.Repeat("MIIEowIBAAKCAQEAx9Kd82LmQ0zTr5VbN3wYc7HsJ4fGp1Ae6UiO\n", 4) + "-----END RSA PRIVATE" + " KEY-----\n"
)

func TestCollector(t *testing.T) {
	evidencetest.Run(t, Collector{}, map[string]string{
		"cmd/main.go":              "package main\n\nconst key = \"" + awsKey + "\"\n",
		"config/application.yaml":  "db:\n  password: " + password + "\n",
		"deploy/settings.env":      "DATABASE_URL=postgres://orders:" + password + "@db:5432/orders\n",
		"internal/tls/server.pem":  private,
		"scripts/deploy.sh":        "export GITHUB_TOKEN=" + githubKey + "\n",
		"src/main/Client.java":     "String apiKey = \"" + apiKey + "\";\n",
		"testdata/tls/client.pem":  private,
		"kube/secret.sops.yml":     "token: " + githubKey + "\npassword: ENC[AES256_GCM,data:x9Kd82LmQ0zTr5VbN3wYc7HsJ4f]\n",
		"configs/prod.properties":  "spring.datasource.password=" + password + "\n",
		"charts/orders/values.yml": "apiToken: \"" + apiKey + "\" # the real one\n",
	})
}

// scanned returns the findings in one file as "line rule".
func scanned(t *testing.T, file, text string) []string {
	t.Helper()
	var list []string
	for _, r := range evidencetest.Collect(t, Collector{}, map[string]string{file: text}) {
		if f, ok := r.Data.(Finding); ok {
			list = append(list, strings.TrimSpace(fmt.Sprintf("%d %s %s", r.Source.Line, f.Rule, f.Aside)))
		}
	}
	return list
}

func TestFindingsNameLineAndRule(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"a.go", "package a\n\nvar k = \"" + awsKey + "\"\n", "3 aws-access-token"},
		{"a.yaml", "a: 1\ntoken: " + githubKey + "\n", "2 github-pat"},
		{"a.py", "# x\n\n\nAPI_KEY = '" + apiKey + "'\n", "4 generic-api-key"},
		{"a.pem", "\n" + private, "2 private-key"},
		{"a.yaml", "db:\n  password: " + password + "\n", "2 " + passwordRule},
		{"Dockerfile", "FROM scratch\nENV DB_PASSWORD=" + password + "\n", "2 " + passwordRule},
		{".env", "URL=redis://:" + password + "@cache:6379\n", "1 " + urlRule},
		{"app/a_test.go", "package a\nvar apiKey = \"" + apiKey + "\"\n", "2 generic-api-key it lies among test data"},
		{"testdata/a.go", "var k = \"" + awsKey + "\"\n", "1 aws-access-token"},
		{"a.py", "API_KEY = '" + apiKey + "' # gitleaks:allow\n", "1 generic-api-key its line says gitleaks:allow"},
		{"a.yaml", "auth: " + awsKey + " # gitleaks:allow\n", "1 aws-access-token"},
	} {
		if got := strings.Join(scanned(t, c.file, c.text), "; "); got != c.want {
			t.Errorf("%s\n%s\nfound %q, want %q", c.file, c.text, got, c.want)
		}
	}
}

func TestWhatIsNoSecret(t *testing.T) {
	sha := "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	for file, lines := range map[string][]string{
		"values.yaml": {
			"password: changeme", "password: ${DB_PASSWORD}", "password: <password>", "password: example-password-1",
			"password: {{ .Values.db.password }}", "password: \"$(cat /run/secrets/db)\"", "passwordSecretName: orders-db-2",
			"existingSecretPasswordKey: postgres-password1", "url: postgres://user:password@db/orders", "url: postgres://app:app@db/orders",
			"url: postgres://orders:s3cr3t-9x@localhost:5432/orders", "url: postgres://orders:${DB_PASSWORD}@db/orders",
			"url: https://shop.test:8443/path@v2", "image: shop/orders@sha256:" + sha, "checksum/secret: " + sha, "token: true",
			"password: vault:secret/data/orders#password9", "secretKey: projects/shop/secrets/db-password-1/versions/3", "password: required",
			"passwordFile: /run/secrets/db-1", "tokenTTL: 3600s", "access_token: xxxxxxxxxxxxxxxxxxxxxx1", "kmsKeyId: alias/orders-2026",
			"auth_group: authentication2.k8s.io", "ARG PROTO_KEY_VERSION=" + sha[:40],
		},
		"go.sum":            {"github.com/x/y v1.0.0 h1:" + apiKey + apiKey + "=", "api-key " + apiKey},
		"package-lock.json": {`"integrity": "sha512-` + apiKey + apiKey + apiKey + `=="`, `"token": "` + apiKey + `"`},
		"main.go": {
			"token := r.Header.Get(\"Authorization2\")", "const passwordMinLength10 = 10", "key: sortKey1234567890,",
			"password := os.Getenv(\"DB_PASSWORD2\")", "func accessToken2() {}",
		},
		"README.md":   {"set `API_KEY=your-api-key-here-123`", "AWS keys look like AKIA" + "IOSFODNN7EXAMPLE"},
		"sealed.yaml": {"kind: SealedSecret", "encryptedData:", "  password: AgB" + strings.Repeat(apiKey, 10)},
		"ansible.yml": {"$ANSIBLE_VAULT;1.1;AES256", "66386439653236336462626566653063336164663966303231363934653561363964363833313662"},
	} {
		if found := scanned(t, file, strings.Join(lines, "\n")+"\n"); len(found) > 0 {
			for _, f := range found {
				t.Errorf("%s: false alarm %q", file, f)
			}
		}
	}
}

func TestEvidenceDoesNotHoldTheSecret(t *testing.T) {
	records := evidencetest.Collect(t, Collector{}, map[string]string{
		"a.yaml": "password: " + password + "\ntoken: " + githubKey + "\n", "b.go": "var k = \"" + awsKey + "\"\n", "c.pem": private,
	})
	text, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{password, githubKey, awsKey, password[:4], githubKey[:8], "MIIE"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the evidence holds %q:\n%s", secret, text)
		}
	}
	if !strings.Contains(string(text), "AKI… (20 characters)") {
		t.Errorf("the evidence does not hint at the key:\n%s", text)
	}
}

func TestOneFileFloodsNothing(t *testing.T) {
	if n := len(scanned(t, "a.env", strings.Repeat("DB_PASSWORD="+password+"\n", 5000))); n != maxFindings {
		t.Errorf("%d findings kept of one file, want %d", n, maxFindings)
	}
}

func TestSensitiveNames(t *testing.T) {
	for name, want := range map[string]bool{
		"DB_PASSWORD": true, "PASSWORD": true, "dbPassword": true, "PGPASSWORD": true, "API_KEY": true, "STRIPE_APIKEY": true, "AWS_SECRET_ACCESS_KEY": true,
		"GITHUB_TOKEN": true, "SECRET": true, "CLIENT_SECRET_2": true, "spring.datasource.password": true, "JWT_SIGNING_KEY": true, "REDIS_PWD": true,
		"DB_PASSWORD_FILE": false, "TOKEN_TTL": false, "SECRET_NAME": false, "TOKEN_URL": false, "PASSWORD_MIN_LENGTH": false, "PORT": false,
		"PARTITION_KEY": false, "AWS_REGION": false, "KEYBOARD": false, "MAX_TOKENS": false, "PWD_DIR": false, "USE_TOKEN": false, "enableApiKey": false,
	} {
		if SensitiveName(name) != want {
			t.Errorf("SensitiveName(%q) = %t", name, !want)
		}
	}
}

func TestLiterals(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        bool
	}{
		{"DB_PASSWORD", "postgres", true}, {"DB_PASSWORD", "changeme", true}, {"DB_PASSWORD", "", false}, {"DB_PASSWORD", "$(DB_PASSWORD)", false},
		{"DB_PASSWORD", "${DB_PASSWORD}", false}, {"DB_PASSWORD", "/run/secrets/db", false}, {"USE_TOKEN", "true", false},
		{"DB_PASSWORD", "vault:secret/data/db#password", false}, {"DATABASE_URL", "postgres://a:" + password + "@db/x", true},
		{"DATABASE_URL", "postgres://db/x", false}, {"DATABASE_URL", "postgres://a:$(PASSWORD)@db/x", false}, {"PORT", "8080", false},
		{"TOKEN_LIFETIME", "30m", false}, {"API_TOKEN", "arn:aws:secretsmanager:eu-central-1:1:secret:x", false},
	} {
		if Literal(c.name, c.value) != c.want {
			t.Errorf("Literal(%q, %q) = %t", c.name, c.value, !c.want)
		}
	}
}

func TestHistoryOutsideOfGitIsSaid(t *testing.T) {
	records := evidencetest.Collect(t, Collector{}, map[string]string{"a.txt": "nothing\n"})
	set := evidence.NewSet(nil, evidence.Build{}, records)
	all := evidence.All[History](set, HistoryKind)
	if len(all) != 1 || all[0].Data.State != HistoryMissing || !strings.Contains(all[0].Data.Text, "not a git repository") {
		t.Errorf("%+v", all)
	}
}
