package lifestage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Fields are the facts of a record or the input of a move, by name.
//
// What comes out of the library is a bool, int64, float64, string or []string. Going in, any integer or float type,
// [time.Time] (as its RFC 3339 text), [time.Duration] and [Span] (as their text) are taken too. An int64 and a float64
// are not the same to a condition, so neither becomes the other on the way.
type Fields map[string]any

// MarshalJSON writes the fields, each as its type.
func (f Fields) MarshalJSON() ([]byte, error) {
	plain := make(map[string]json.RawMessage, len(f))
	for name, value := range f {
		text, err := encodeValue(value)
		if err != nil {
			return nil, fmt.Errorf("`%s`: %w", name, err)
		}
		plain[name] = text
	}
	return json.Marshal(plain)
}

// UnmarshalJSON reads fields, each as its type.
func (f *Fields) UnmarshalJSON(data []byte) error {
	var plain map[string]json.RawMessage
	if err := json.Unmarshal(data, &plain); err != nil {
		return err
	}
	read := make(Fields, len(plain))
	for name, text := range plain {
		value, err := decodeValue(text)
		if err != nil {
			return fmt.Errorf("`%s`: %w", name, err)
		}
		read[name] = value
	}
	*f = read
	return nil
}

// Value is one fact, or none. Its value is as in [Fields].
type Value struct{ value any }

// NewValue makes a value of what [Fields] may hold.
func NewValue(value any) Value { return Value{value} }

// Any is the value, nil when there is none.
func (v Value) Any() any { return v.value }

// IsZero says that there is no value.
func (v Value) IsZero() bool { return v.value == nil }

// String is the value as text.
func (v Value) String() string { return fmt.Sprint(v.value) }

// MarshalJSON writes the value as its type.
func (v Value) MarshalJSON() ([]byte, error) { return encodeValue(v.value) }

// UnmarshalJSON reads a value as its type.
func (v *Value) UnmarshalJSON(data []byte) (err error) {
	v.value, err = decodeValue(data)
	return err
}

func encodeValue(value any) (json.RawMessage, error) {
	switch value := value.(type) {
	case nil:
		return json.RawMessage("null"), nil
	case bool:
		return strconv.AppendBool(nil, value), nil
	case int:
		return strconv.AppendInt(nil, int64(value), 10), nil
	case int8:
		return strconv.AppendInt(nil, int64(value), 10), nil
	case int16:
		return strconv.AppendInt(nil, int64(value), 10), nil
	case int32:
		return strconv.AppendInt(nil, int64(value), 10), nil
	case int64:
		return strconv.AppendInt(nil, value, 10), nil
	case uint8:
		return strconv.AppendUint(nil, uint64(value), 10), nil
	case uint16:
		return strconv.AppendUint(nil, uint64(value), 10), nil
	case uint32:
		return strconv.AppendUint(nil, uint64(value), 10), nil
	case uint:
		return strconv.AppendUint(nil, uint64(value), 10), nil
	case uint64:
		return strconv.AppendUint(nil, value, 10), nil
	case float32:
		return encodeFloat(float64(value))
	case float64:
		return encodeFloat(value)
	case string:
		return encodeText(value)
	case []string:
		for _, one := range value {
			if _, err := encodeText(one); err != nil {
				return nil, err
			}
		}
		if value == nil {
			return json.RawMessage("[]"), nil
		}
		return json.Marshal(value)
	case time.Time:
		return json.Marshal(stamp(value))
	case time.Duration:
		return json.Marshal(Span(value))
	case Span:
		return json.Marshal(value)
	case Value:
		return encodeValue(value.value)
	default:
		return nil, fmt.Errorf("a value cannot be of the type %T", value)
	}
}

// encodeFloat keeps a whole number a float.
func encodeFloat(value float64) (json.RawMessage, error) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil, fmt.Errorf("a value cannot be %v", value)
	}
	text := strconv.AppendFloat(nil, value, 'g', -1, 64)
	if !bytes.ContainsAny(text, ".e") {
		text = append(text, ".0"...)
	}
	return text, nil
}

func encodeText(value string) (json.RawMessage, error) {
	if !utf8.ValidString(value) {
		return nil, fmt.Errorf("%q is not UTF-8", value)
	}
	return json.Marshal(value)
}

func decodeValue(data []byte) (any, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return nil, errors.New("there is no value")
	}
	switch first := data[0]; {
	case first == 'n':
		return nil, nil
	case first == 't' || first == 'f':
		return first == 't', nil
	case first == '"':
		var text string
		err := json.Unmarshal(data, &text)
		return text, err
	case first == '[':
		texts := []string{}
		err := json.Unmarshal(data, &texts)
		return texts, err
	case first == '-' || first >= '0' && first <= '9':
		text := string(data)
		if strings.ContainsAny(text, ".eE") || text == "-0" {
			return strconv.ParseFloat(text, 64)
		}
		return strconv.ParseInt(text, 10, 64)
	default:
		return nil, fmt.Errorf("`%s` is no value", data)
	}
}

// Span is a length of time with a sign. It is written as 90m, -1.5h, 14d; a day has 24 hours.
type Span time.Duration

// String is the span in seconds, as the library writes it.
func (s Span) String() string {
	micros := time.Duration(s).Microseconds()
	sign := ""
	if micros < 0 {
		sign = "-"
	}
	whole, part := micros/1e6, micros%1e6
	if part == 0 {
		return fmt.Sprintf("%ds", whole)
	}
	fraction := strings.TrimRight(fmt.Sprintf("%06d", max(part, -part)), "0")
	return fmt.Sprintf("%s%d.%ss", sign, max(whole, -whole), fraction)
}

// MarshalText writes the span.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a span.
func (s *Span) UnmarshalText(text []byte) error {
	given := string(text)
	days := time.Duration(0)
	rest := given
	if whole, after, found := strings.Cut(given, "d"); found {
		count, err := strconv.ParseFloat(whole, 64)
		if err != nil || math.Abs(count) > 106000 {
			return fmt.Errorf("`%s` is no length of time", given)
		}
		days = time.Duration(count * float64(24*time.Hour))
		rest = after
		if rest == "" {
			*s = Span(days)
			return nil
		}
		if strings.HasPrefix(whole, "-") {
			rest = "-" + rest
		}
	}
	span, err := time.ParseDuration(rest)
	if err != nil {
		return fmt.Errorf("`%s` is no length of time", given)
	}
	*s = Span(days + span)
	return nil
}

// stamp is a time as the library counts it.
func stamp(at time.Time) string {
	return at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}
