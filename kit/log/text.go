package log

import (
	"strconv"
	"unicode/utf8"
)

// plain reports whether all of s stands for itself in a JSON string. It looks
// at eight bytes at a time, at some of them twice.
func plain(s string) bool {
	n := len(s)
	switch {
	case n < 4:
		return plainBytes(s) == n
	case n < 8:
		return !special(uint64(half(s)) | uint64(half(s[n-4:]))<<32)
	}
	for i := 0; i < n-8; i += 8 {
		if special(word(s[i:])) {
			return false
		}
	}
	return !special(word(s[n-8:]))
}

// plainBytes returns how many bytes at the start of s stand for themselves.
func plainBytes(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return i
		}
	}
	return len(s)
}

// word reads eight bytes; the compiler makes it one load.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// half reads four bytes.
func half(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// special reports whether one of a word's bytes is a control character, a
// quote, a backslash or not ASCII, all eight at once: a byte lies below n when
// subtracting n borrows its top bit, and equals c when it is below 1 after
// xor with c. A borrow reaches only bytes above one that is special itself.
func special(w uint64) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	return (w|(w-ones*' ')|((w^ones*'"')-ones)|((w^ones*'\\')-ones)|(w+ones))&tops != 0
}

// appendText appends s as a JSON string of at most [MaxValue] bytes.
func appendText(dst []byte, s string) []byte {
	if len(s) <= MaxValue && plain(s) {
		dst = append(dst, '"')
		dst = append(dst, s...)
	} else {
		dst = appendEscaped(append(dst, '"'), s)
	}
	return append(dst, '"')
}

// appendEscaped appends s until it takes MaxValue bytes, and then what was
// left out.
func appendEscaped(dst []byte, s string) []byte {
	limit := len(dst) + MaxValue
	for i := 0; i < len(s); {
		n := plainBytes(s[i:])
		if room := limit - len(dst); n > room || room <= 0 {
			dst = append(dst, s[i:i+max(room, 0)]...)
			dst = strconv.AppendInt(append(dst, "… ("...), int64(len(s)), 10)
			return append(dst, " bytes)"...)
		}
		dst = append(dst, s[i:i+n]...)
		if i += n; i < len(s) {
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = appendRune(dst, r)
			i += size
		}
	}
	return dst
}

// appendRune appends a character that does not stand for itself. Escaped are,
// besides what JSON demands, DEL and the controls of Latin 1, which steer
// terminals, and the line separators of JavaScript. What is no UTF-8 becomes
// U+FFFD.
func appendRune(dst []byte, r rune) []byte {
	switch {
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r))
	case r == '\n':
		return append(dst, '\\', 'n')
	case r == '\r':
		return append(dst, '\\', 'r')
	case r == '\t':
		return append(dst, '\\', 't')
	case r < ' ' || 0x7f <= r && r < 0xa0 || r == '\u2028' || r == '\u2029':
		return append(dst, '\\', 'u', digits[r>>12], digits[r>>8&0xf], digits[r>>4&0xf], digits[r&0xf])
	}
	return utf8.AppendRune(dst, r)
}

const digits = "0123456789abcdef"
