package ownership

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docs"
	"github.com/golive-dev/golive/evidence/owners"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "ownership/owner",
	Title: "A team owns the service and can be reached",
	Why: `At three in the morning somebody must be found who may decide and somebody who knows. A
service without an owner is repaired by whoever is near, and nobody keeps it in repair.`,
	Gate:  check.GoLive,
	Needs: check.Found,
	How: `golive.yaml names the team (owner.team), who is on call (owner.oncall), at least one contact
and one alternate with a mail address or phone number, and who knows the service best
(owner.experts). The repository must agree: spec.owner of the service's Component in
catalog-info.yaml, or the team that CODEOWNERS gives golive.yaml to – else, most of the files.
Teams are compared by the last part of their name, without case: @shop/commerce and
group:default/commerce are both commerce. Without either file the owner is only declared.`,
	Reads: []evidence.Kind{owners.ComponentKind, owners.CodeKind},
	Judge: judgeOwner,
	Remedy: check.Remedy{Text: `Write owner: into golive.yaml with team, oncall, contacts, alternates and experts, each person
with a mail address or phone number, and name the same team as spec.owner in catalog-info.yaml
or behind * in CODEOWNERS.`,
		Patch: patchOwner},
})

func judgeOwner(p *check.Pass) error {
	s := p.Service()
	components, code := ownComponents(p), decidingCode(p)
	if s.Name == "" {
		return errors.New("there is no golive.yaml, so nobody says who is on call and who knows the service; golive init writes one from what the repository says")
	}
	for _, lack := range lacking(s.Owner) {
		p.Failf(check.Declared, s.Where(lack.key), "%s %s", lack.key, lack.text)
	}
	if blank(s.Owner.Team) {
		return nil
	}
	for _, c := range components {
		compare(p, c.Source, "spec.owner", []string{c.Data.Owner})
	}
	for _, c := range code {
		file := c.Data.Example
		if c.Data.Spec {
			file = service.FileName
		}
		compare(p, c.Source, "CODEOWNERS for "+file, c.Data.Owners)
	}
	p.Showf(check.Declared, s.Where("owner.team"), "%s owns the service; on call: %s; %d contacts, %d alternates, %d experts",
		s.Owner.Team, s.Owner.OnCall, len(s.Owner.Contacts), len(s.Owner.Alternates), len(s.Owner.Experts))
	return nil
}

// lack is a part of owner: that is missing or of no use.
type lack struct{ key, text string }

func lacking(o service.Owner) []lack {
	var all []lack
	need := func(ok bool, key, text string) {
		if !ok {
			all = append(all, lack{key, text})
		}
	}
	need(!blank(o.Team), "owner.team", "is missing or a placeholder: no team owns the service")
	need(!blank(o.OnCall), "owner.oncall", "is missing or a placeholder: nobody says who is called when it fails")
	need(slices.ContainsFunc(o.Contacts, reachable), "owner.contacts", "holds nobody with a mail address or phone number")
	need(slices.ContainsFunc(o.Alternates, reachable), "owner.alternates", "holds nobody with a mail address or phone number, for when no contact answers")
	need(slices.ContainsFunc(o.Experts, named), "owner.experts", "names nobody: who knows the service best?")
	return all
}

func blank(text string) bool { return docs.Placeholder(text) }

func named(c service.Contact) bool { return !blank(c.Name) || reachable(c) }

var (
	mailAddress = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	digit       = regexp.MustCompile(`\d`)
)

// reachable reports whether there is a mail address or a phone number;
// whether anybody answers is not for files to show.
func reachable(c service.Contact) bool {
	return mailAddress.MatchString(c.Email) || len(digit.FindAllString(c.Phone, -1)) >= 5
}

// ownComponents returns the service's Component: the only one, or those of
// its name.
func ownComponents(p *check.Pass) []evidence.Item[owners.Component] {
	all := evidence.All[owners.Component](p.Set, owners.ComponentKind)
	if len(all) < 2 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(c evidence.Item[owners.Component]) bool { return c.Data.Name != p.Service().Name })
}

// decidingCode returns the rule of CODEOWNERS that counts for the service:
// that of golive.yaml or else that of most files.
func decidingCode(p *check.Pass) []evidence.Item[owners.Code] {
	all := evidence.All[owners.Code](p.Set, owners.CodeKind)
	for _, counts := range []func(owners.Code) bool{
		func(c owners.Code) bool { return c.Spec },
		func(c owners.Code) bool { return c.Most },
	} {
		if i := slices.IndexFunc(all, func(c evidence.Item[owners.Code]) bool { return counts(c.Data) }); i >= 0 {
			return all[i : i+1]
		}
	}
	return nil
}

// compare holds the declared team against what a file says. A file that names
// people only says nothing about the team.
func compare(p *check.Pass, at evidence.Source, what string, references []string) {
	s := p.Service()
	team := owners.Team(s.Owner.Team)
	agrees := func(reference string) bool { return owners.Team(reference) == team }
	switch {
	case slices.ContainsFunc(references, agrees):
		p.Showf(check.Found, at.String(), "%s is %s, the team that golive.yaml names", what, strings.Join(references, " "))
	case strings.TrimSpace(strings.Join(references, "")) == "":
		p.Failf(check.Found, at.String(), "%s names nobody; golive.yaml names %s (%s)", what, s.Owner.Team, s.Where("owner.team"))
	case !slices.ContainsFunc(references, isTeam) && strings.HasPrefix(what, "CODEOWNERS"):
		return
	default:
		p.Fail(check.Evidence{
			Rung: check.Found, Where: at.String(),
			Text: fmt.Sprintf("%s is %s, but golive.yaml names %s (%s)", what, strings.Join(references, " "), s.Owner.Team, s.Where("owner.team")),
			Detail: &check.Detail{Table: &check.Table{Columns: []string{"where", "owner"}, Rows: [][]string{
				{at.String(), strings.Join(references, " ")}, {s.Where("owner.team"), s.Owner.Team},
			}}},
		})
	}
}

// isTeam reports whether a reference of CODEOWNERS is a team: "@org/team".
func isTeam(reference string) bool { return strings.Contains(reference, "/") }

func patchOwner(p *check.Pass) string {
	team := p.Service().Owner.Team
	for _, c := range ownComponents(p) {
		if team == "" {
			team = owners.Team(c.Data.Owner)
		}
	}
	if team == "" {
		team = "TEAM"
	}
	return fmt.Sprintf(`# golive.yaml
owner:
  team: %s
  oncall: SCHEDULE OR NUMBER
  contacts: [{name: NAME, email: ADDRESS}]
  alternates: [{name: NAME, phone: NUMBER}]
  experts: [{name: NAME, email: ADDRESS}]
`, team)
}
