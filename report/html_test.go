package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/golive-dev/golive/check"
)

func TestPageLoadsQuietly(t *testing.T) {
	b := browse(t, orders(t))
	if got := eval[string](b, `document.querySelector("h1").textContent + ": " + document.querySelector(".decision strong").textContent`); got != "orders: not ready" {
		t.Errorf("the head says %q", got)
	}
	for _, kind := range []string{"figure.timeline svg .stretch.bad", "figure.timeline svg .moment.bad", "figure.histogram svg .over",
		"table.data", "ol.log .bad", ".exchange", "figure.location .number"} {
		if eval[int](b, `document.querySelectorAll(`+quote(kind)+`).length`) == 0 {
			t.Errorf("no %s is drawn", kind)
		}
	}
	if styled := eval[string](b, `getComputedStyle(document.querySelector(".result")).borderTopStyle`); styled != "solid" {
		t.Errorf("the policy keeps the page's own style out: border %q", styled)
	}
	b.quiet()
}

func quote(s string) string {
	q, _ := json.Marshal(s) // a string has no form that cannot be written
	return string(q)
}

func TestFilter(t *testing.T) {
	v := orders(t)
	ids := func(keep func(check.Result) bool) []string {
		var list []string
		for _, s := range sections(v) {
			for _, r := range append(s.Judged, s.Unjudged...) {
				if keep(r) {
					list = append(list, r.ID)
				}
			}
		}
		return list
	}
	b := browse(t, v)
	same := func(what string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s shows %q, want %q", what, got, want)
		}
	}
	everything := func(check.Result) bool { return true }
	same("the outcome fail", b.choose("by-outcome", "fail"), ids(func(r check.Result) bool { return r.Outcome == check.Failed }))
	same("fail at follow-up", b.choose("by-gate", "follow-up"), []string{"resilience/timeouts"})
	b.choose("by-gate", "")
	same("not holding", b.choose("by-outcome", "open"), ids(func(r check.Result) bool { return !r.Outcome.Holds() }))
	same("not judged", b.choose("by-outcome", "unjudged"), ids(func(r check.Result) bool { return !r.Judged() }))
	same("n/a", b.choose("by-outcome", "na"), []string{"resilience/fallback"})
	same("every outcome", b.choose("by-outcome", ""), ids(everything))
	same("one section", b.choose("by-section", "scaling"), ids(func(r check.Result) bool { return r.Section == "scaling" }))
	b.choose("by-section", "")
	same("words of the evidence", b.choose("by-text", "Canary-7f3a  MAIL"), []string{"security/pii-logs"})
	if got := b.choose("by-text", "no such words"); len(got) != 0 {
		t.Errorf("words that occur nowhere show %q", got)
	}
	if !eval[bool](b, `!document.getElementById("none").hidden && document.getElementById("shown").textContent.startsWith("0 of ")`) {
		t.Error("an empty list does not say that it is one")
	}
	eval[bool](b, `(location.hash = "#security/review", true)`)
	b.run(chromedp.Poll[chromedp.Void](`(() => { const e = document.getElementById("security/review"); return !e.hidden && e.closest("details").open })()`))
	same("a link to a hidden requirement", eval[[]string](b, shown), ids(everything))
	b.quiet()
}

// A phone of 320 pixels must not have to scroll sideways, with every detail
// open and with texts that have no place to break.
func TestNoSidewaysScrolling(t *testing.T) {
	for name, v := range map[string]*check.Verdict{"orders": orders(t), "hostile": hostileVerdict(t)} {
		b := browse(t, v)
		b.run(chromedp.EmulateViewport(320, 640))
		eval[bool](b, `(document.querySelectorAll("details").forEach(d => d.open = true), true)`)
		if got := eval[int](b, `document.documentElement.scrollWidth`); got > 320 {
			t.Errorf("%s: the page is %d pixels wide on a phone of 320; beyond the edge: %s", name, got, eval[string](b,
				`[...document.querySelectorAll("body *")].filter(e => e.scrollWidth > 320).slice(-3).map(e => e.outerHTML.slice(0, 200)).join("\n")`))
		}
	}
}

// contrast returns each text whose contrast to its ground is below 4.5, the
// least that WCAG 2.2 allows (1.4.3, level AA).
const contrast = `(() => {
	const parse = (c) => {
		const n = c.match(/[\d.]+/g).map(Number);
		return c.startsWith("color(") ? [n[0]*255, n[1]*255, n[2]*255, n[3] ?? 1] : [n[0], n[1], n[2], n[3] ?? 1];
	};
	const light = (c) => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126*r + 0.7152*g + 0.0722*b };
	const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c } return [255, 255, 255, 1] };
	document.querySelectorAll("details").forEach(d => d.open = true);
	const low = new Set(); let seen = 0;
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n = walk.nextNode(); n; n = walk.nextNode()) {
		const e = n.parentElement;
		if (!n.textContent.trim() || !e.checkVisibility() || ["SCRIPT", "STYLE", "title"].includes(e.tagName)) continue;
		const style = getComputedStyle(e), svg = e instanceof SVGElement;
		let back = ground(e);
		const shape = svg && e.closest("svg").querySelector(":scope > rect, :scope > circle, :scope > path");
		if (shape && e.closest(".moment, .stretch:not(.bad)")) back = parse(getComputedStyle(shape).fill);
		const [a, b] = [light(parse(svg ? style.fill : style.color)), light(back)].sort((x, y) => y - x);
		seen++;
		if ((a + 0.05) / (b + 0.05) < 4.5) low.add(((a + 0.05) / (b + 0.05)).toFixed(2) + " " + e.tagName + "." + e.getAttribute("class") + " " + n.textContent.trim().slice(0, 40));
	}
	return seen > 300 ? [...low] : ["only " + seen + " texts were seen"];
})()`

func TestContrast(t *testing.T) {
	b := browse(t, orders(t))
	var grounds []string
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, low := range eval[[]string](b, contrast) {
			t.Errorf("%s: contrast below 4.5: %s", scheme, low)
		}
		grounds = append(grounds, eval[string](b, `getComputedStyle(document.body).backgroundColor`))
	}
	eval[bool](b, `(document.getElementById("theme").click(), true)`)
	grounds = append(grounds, eval[string](b, `getComputedStyle(document.body).backgroundColor`))
	if grounds[0] == grounds[1] || grounds[2] != grounds[0] {
		t.Errorf("the grounds in light, dark, and dark toggled to light are %q", grounds)
	}
}

// Without its script the page lacks the filter and nothing else; on paper
// every detail is open.
func TestWithoutScriptAndOnPaper(t *testing.T) {
	b := browse(t, orders(t))
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.run(chromedp.Reload())
	visible := func(id string) bool { return eval[bool](b, `document.getElementById(`+quote(id)+`).checkVisibility()`) }
	if visible("filter") || visible("theme") || !visible("resilience/timeouts") {
		t.Error("without a script the page offers what does not work, or lacks what does")
	}
	const hidden = `[...document.querySelectorAll("details > :not(summary)")].filter(e => !e.checkVisibility() && e.textContent.trim()).length`
	if eval[int](b, hidden) == 0 {
		t.Fatal("no detail is closed on screen: this test is blind")
	}
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	if n := eval[int](b, hidden); n != 0 {
		t.Errorf("%d details stay closed on paper", n)
	}
}

// The outline that a screen reader goes by.
func TestAccessibility(t *testing.T) {
	b := browse(t, orders(t))
	for what, expression := range map[string]string{
		"landmarks":           `["header", "main", "footer", "[role=search]"].every(s => document.querySelectorAll(s).length === 1)`,
		"language":            `document.documentElement.lang === "en"`,
		"headings in order":   `[...document.querySelectorAll("h1,h2,h3,[role=heading],h5")].map(h => +(h.ariaLevel || h.tagName[1])).every((n, i, all) => i === 0 ? n === 1 : n <= all[i-1] + 1)`,
		"labels of controls":  `[...document.querySelectorAll("select,input")].every(e => e.labels.length === 1)`,
		"names of drawings":   `[...document.querySelectorAll("svg.plot")].every(e => e.ariaLabel)`,
		"unique ids":          `new Set([...document.querySelectorAll("[id]")].map(e => e.id)).size === document.querySelectorAll("[id]").length`,
		"keyboard for panes":  `[...document.querySelectorAll("pre,.scroll")].every(e => e.tabIndex === 0 && e.ariaLabel)`,
		"words beside colour": `[...document.querySelectorAll(".result > summary")].every(e => /^\s*(fail|unknown|stale|accepted|pass|n\/a)/.test(e.textContent))`,
		"heads of columns":    `[...document.querySelectorAll("thead th")].every(e => e.scope === "col")`,
	} {
		if !eval[bool](b, expression) {
			t.Errorf("%s: not so", what)
		}
	}
}

func TestHostileDataDoesNotRun(t *testing.T) {
	b := browse(t, hostileVerdict(t))
	eval[bool](b, `(document.querySelectorAll("details").forEach(d => d.open = true), document.querySelectorAll("a").forEach(a => a.click()), true)`)
	if eval[bool](b, `"owned" in window || document.title === "owned"`) {
		t.Error("a text of the service ran as a script")
	}
	if n := eval[int](b, `document.querySelectorAll("img, iframe, object, embed, base, link, body script:not(:last-of-type), [onerror], [onload], [onclick], [onmouseover], [style]").length`); n != 0 {
		t.Errorf("a text of the service became %d elements or handlers", n)
	}
	if n := eval[int](b, `document.querySelectorAll("a:not([href^='#'])").length`); n != 0 {
		t.Errorf("%d links lead out of the page", n)
	}
	b.quiet()
}

// The second wall: even if markup got in, the policy keeps it from running.
// Without the policy it runs, or this test would prove nothing.
func TestPolicyStopsForeignScript(t *testing.T) {
	whole := strings.Replace(render(t, "html", orders(t), Options{}), "<main>", `<main><script>window.owned = 1</script>`, 1)
	start := strings.Index(whole, "<meta http-equiv")
	end := start + strings.Index(whole[start:], "\n")
	for content, want := range map[string]bool{whole: false, whole[:start] + whole[end:]: true} {
		b := openTab(t, fileURL(t, content))
		if got := eval[bool](b, `"owned" in window`); got != want {
			t.Errorf("a foreign script ran: %v, want %v", got, want)
		}
		if n := len(eval[[]string](b, shown)); n != len(orders(t).Results) {
			t.Errorf("the page shows %d requirements", n)
		}
	}
}
