/*
 * lifestage for C++17 and later: handles that free themselves, texts as std::string_view, errors as values.
 *
 *     auto pipeline = lifestage::pipeline::from_json(document);
 *     if (!pipeline) return std::puts(pipeline.error().message().data());
 *     auto decision = pipeline->decide(lead, request, sam, now);
 *     if (auto refusal = decision->refusal())
 *         for (auto reason : refusal) std::cout << reason.message << '\n';
 *
 * What fails returns a lifestage::result: a value or an error, as in std::expected. `value()` of one without a value
 * throws lifestage::failure, or ends the program where exceptions are off; `*` and `->` are for those who have looked.
 * Everything else is as lifestage.h says: a text that is handed out lives as long as the object that it came from, and
 * const objects may be shared between threads. Objects can be moved and not copied; one that was moved from is empty, and
 * calls on it fail as those on NULL do.
 */

#ifndef LIFESTAGE_HPP
#define LIFESTAGE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#if __cplusplus >= 202002L && __has_include(<span>)
#include <span>
#endif
#if defined(__cpp_exceptions)
#include <stdexcept>
#endif

#include "lifestage.h"

namespace lifestage {

/* Elements that lie one after the other: std::span where there is one. */
#if defined(__cpp_lib_span)
template <class T>
using slice = std::span<T>;
#else
template <class T>
class slice {
public:
    constexpr slice() noexcept = default;
    constexpr slice(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N>
    constexpr slice(T (&array)[N]) noexcept : data_(array), size_(N) {}
    template <class Container, class = decltype(std::declval<Container &>().data())>
    constexpr slice(Container &&all) noexcept : data_(all.data()), size_(all.size()) {}
    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};
#endif

/* Microseconds since 1970, as the library counts time. */
template <class Duration>
constexpr std::int64_t micros(std::chrono::time_point<std::chrono::system_clock, Duration> time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

namespace detail {

inline const std::uint8_t *bytes(std::string_view text) noexcept {
    return reinterpret_cast<const std::uint8_t *>(text.data());
}

inline std::string_view text(const std::uint8_t *data, std::size_t length) noexcept {
    return data == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char *>(data), length);
}

/* A handle of C, freed once. */
template <class Raw, void (*Free)(Raw *)>
class handle {
public:
    handle() noexcept = default;
    explicit handle(Raw *raw) noexcept : raw_(raw) {}
    handle(handle &&other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    handle &operator=(handle &&other) noexcept {
        if (this != &other) reset(std::exchange(other.raw_, nullptr));
        return *this;
    }
    ~handle() { Free(raw_); }

    /* The handle itself, for the functions of C; it stays the object's. */
    Raw *get() const noexcept { return raw_; }
    /* Gives the handle away: the caller frees it. */
    [[nodiscard]] Raw *release() noexcept { return std::exchange(raw_, nullptr); }

protected:
    void reset(Raw *raw) noexcept { Free(std::exchange(raw_, raw)); }
    Raw *raw_ = nullptr;
};

}  // namespace detail

/* What went wrong. Its texts end with a NUL. */
class error : public detail::handle<lifestage_error, lifestage_error_free> {
public:
    using handle::handle;
    lifestage_status status() const noexcept { return lifestage_error_status(raw_); }
    std::string_view name() const noexcept { return part(lifestage_error_name); }
    std::string_view message() const noexcept { return part(lifestage_error_message); }
    /* JSON: the findings of a definition, the errors of a criterion, or `null`. */
    std::string_view detail() const noexcept { return part(lifestage_error_detail); }

    /* Where a function of C puts it. */
    lifestage_error **place() noexcept {
        reset(nullptr);
        return &raw_;
    }

private:
    template <class Part>
    std::string_view part(Part of) const noexcept {
        const std::uint8_t *data = nullptr;
        std::size_t length = 0;
        return of(raw_, &data, &length) == LIFESTAGE_STATUS_OK ? detail::text(data, length) : std::string_view("", 0);
    }
};

#if defined(__cpp_exceptions)
/* Thrown by `value()` when there is none. */
class failure : public std::runtime_error {
public:
    explicit failure(const error &error) : std::runtime_error(std::string(error.message())), status_(error.status()) {}
    lifestage_status status() const noexcept { return status_; }

private:
    lifestage_status status_;
};
#endif

namespace detail {

[[noreturn]] inline void fail([[maybe_unused]] const error &error) {
#if defined(__cpp_exceptions)
    throw failure(error);
#else
    std::abort();
#endif
}

}  // namespace detail

/* A value, or why there is none. */
template <class T>
class [[nodiscard]] result {
public:
    result(T value) : value_(std::move(value)) {}
    result(lifestage::error error) noexcept : error_(std::move(error)) {}
    bool has_value() const noexcept { return value_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    const lifestage::error &error() const noexcept { return error_; }
    T &value() & { return check(), *value_; }
    const T &value() const & { return check(), *value_; }
    T &&value() && { return check(), std::move(*value_); }
    T &operator*() & noexcept { return *value_; }
    const T &operator*() const & noexcept { return *value_; }
    T &&operator*() && noexcept { return std::move(*value_); }
    T *operator->() noexcept { return &*value_; }
    const T *operator->() const noexcept { return &*value_; }

private:
    void check() const {
        if (!value_) detail::fail(error_);
    }
    std::optional<T> value_;
    lifestage::error error_;
};

/* Done, or why not. */
template <>
class [[nodiscard]] result<void> {
public:
    result() noexcept = default;
    result(lifestage::error error) noexcept : error_(std::move(error)), done_(false) {}
    bool has_value() const noexcept { return done_; }
    explicit operator bool() const noexcept { return done_; }
    const lifestage::error &error() const noexcept { return error_; }
    void value() const {
        if (!done_) detail::fail(error_);
    }

private:
    lifestage::error error_;
    bool done_ = true;
};

namespace detail {

/* `call` takes a place for a value and one for an error. */
template <class T, class Call>
result<T> asked(Call call) {
    T value{};
    error error;
    if (call(&value, error.place()) != LIFESTAGE_STATUS_OK) return error;
    return value;
}

/* The same for a handle, which becomes an object. */
template <class Object, class Raw, class Call>
result<Object> made(Call call) {
    Raw *raw = nullptr;
    error error;
    if (call(&raw, error.place()) != LIFESTAGE_STATUS_OK) return error;
    return Object(raw);
}

/* The same for a text that belongs to another object. */
template <class Call>
result<std::string_view> viewed(Call call) {
    const std::uint8_t *data = nullptr;
    std::size_t length = 0;
    error error;
    if (call(&data, &length, error.place()) != LIFESTAGE_STATUS_OK) return error;
    return text(data, length);
}

/* The same for nothing. */
template <class Call>
result<void> done(Call call) {
    error error;
    if (call(error.place()) != LIFESTAGE_STATUS_OK) return error;
    return {};
}

}  // namespace detail

/* Bytes of one's own, with a NUL after the last. */
class buffer : public detail::handle<lifestage_buffer, lifestage_buffer_free> {
public:
    using handle::handle;
    static result<buffer> make() {
        return detail::made<buffer, lifestage_buffer>([&](auto out, auto error) { return lifestage_buffer_new(out, error); });
    }
    result<void> write(std::string_view text) {
        return detail::done([&](auto error) { return lifestage_buffer_write(raw_, detail::bytes(text), text.size(), error); });
    }
    std::string_view view() const noexcept { return detail::text(lifestage_buffer_data(raw_), lifestage_buffer_length(raw_)); }
    operator std::string_view() const noexcept { return view(); }
    std::string str() const { return std::string(view()); }
};

/* What moves. */
class record : public detail::handle<lifestage_record, lifestage_record_free> {
public:
    using handle::handle;
    static result<record> make(std::string_view id) {
        return detail::made<record, lifestage_record>(
            [&](auto out, auto error) { return lifestage_record_new(detail::bytes(id), id.size(), out, error); });
    }
    static result<record> from_json(std::string_view json) {
        return detail::made<record, lifestage_record>(
            [&](auto out, auto error) { return lifestage_record_from_json(detail::bytes(json), json.size(), out, error); });
    }
    result<void> set_stage(std::string_view stage) {
        return detail::done([&](auto error) { return lifestage_record_set_stage(raw_, detail::bytes(stage), stage.size(), error); });
    }
    result<void> set_version(std::uint64_t version) {
        return detail::done([&](auto error) { return lifestage_record_set_version(raw_, version, error); });
    }
    result<void> set_entered_at(std::int64_t micros) {
        return detail::done([&](auto error) { return lifestage_record_set_entered_at(raw_, micros, error); });
    }
    result<void> set_owner(std::string_view owner) {
        return detail::done([&](auto error) { return lifestage_record_set_owner(raw_, detail::bytes(owner), owner.size(), error); });
    }
    result<void> set_text(std::string_view name, std::string_view value) {
        return detail::done([&](auto error) {
            return lifestage_record_set_text(raw_, detail::bytes(name), name.size(), detail::bytes(value), value.size(), error);
        });
    }
    result<void> set_int(std::string_view name, std::int64_t value) {
        return detail::done([&](auto error) { return lifestage_record_set_int(raw_, detail::bytes(name), name.size(), value, error); });
    }
    result<void> set_double(std::string_view name, double value) {
        return detail::done([&](auto error) { return lifestage_record_set_double(raw_, detail::bytes(name), name.size(), value, error); });
    }
    result<void> set_bool(std::string_view name, bool value) {
        return detail::done([&](auto error) { return lifestage_record_set_bool(raw_, detail::bytes(name), name.size(), value, error); });
    }
    result<void> set_facts(std::string_view json) {
        return detail::done([&](auto error) { return lifestage_record_set_facts(raw_, detail::bytes(json), json.size(), error); });
    }
    result<std::string_view> id() const {
        return detail::viewed([&](auto data, auto length, auto error) { return lifestage_record_id(raw_, data, length, error); });
    }
    /* Empty when it is in none. */
    result<std::string_view> stage() const {
        return detail::viewed([&](auto data, auto length, auto error) { return lifestage_record_stage(raw_, data, length, error); });
    }
    std::uint64_t version() const noexcept { return lifestage_record_version(raw_); }
    result<buffer> json() const {
        return detail::made<buffer, lifestage_buffer>([&](auto out, auto error) { return lifestage_record_json(raw_, out, error); });
    }
};

/* What is asked for. */
class request : public detail::handle<lifestage_request, lifestage_request_free> {
public:
    using handle::handle;
    static result<request> move(std::string_view id) {
        return detail::made<request, lifestage_request>(
            [&](auto out, auto error) { return lifestage_request_move(detail::bytes(id), id.size(), out, error); });
    }
    static result<request> to(std::string_view stage) {
        return detail::made<request, lifestage_request>(
            [&](auto out, auto error) { return lifestage_request_stage(detail::bytes(stage), stage.size(), out, error); });
    }
    static result<request> from_json(std::string_view json) {
        return detail::made<request, lifestage_request>(
            [&](auto out, auto error) { return lifestage_request_from_json(detail::bytes(json), json.size(), out, error); });
    }
    /* The answer is JSON. */
    result<void> set_input(std::string_view name, std::string_view json) {
        return detail::done([&](auto error) {
            return lifestage_request_set_input(raw_, detail::bytes(name), name.size(), detail::bytes(json), json.size(), error);
        });
    }
    result<void> expect_version(std::uint64_t version) {
        return detail::done([&](auto error) { return lifestage_request_expect_version(raw_, version, error); });
    }
    result<void> set_key(std::string_view key) {
        return detail::done([&](auto error) { return lifestage_request_set_key(raw_, detail::bytes(key), key.size(), error); });
    }
    result<void> force(std::string_view reason) {
        return detail::done([&](auto error) { return lifestage_request_force(raw_, detail::bytes(reason), reason.size(), error); });
    }
    result<void> effective_at(std::int64_t micros) {
        return detail::done([&](auto error) { return lifestage_request_effective_at(raw_, micros, error); });
    }
};

/* Who acts. */
class actor : public detail::handle<lifestage_actor, lifestage_actor_free> {
public:
    using handle::handle;
    static result<actor> person(std::string_view id) { return make(id, 0); }
    /* One that moves records forward only. */
    static result<actor> automation(std::string_view id) { return make(id, 1); }
    result<void> add_role(std::string_view role) {
        return detail::done([&](auto error) { return lifestage_actor_add_role(raw_, detail::bytes(role), role.size(), error); });
    }

private:
    static result<actor> make(std::string_view id, std::uint32_t automation) {
        return detail::made<actor, lifestage_actor>(
            [&](auto out, auto error) { return lifestage_actor_new(detail::bytes(id), id.size(), automation, out, error); });
    }
};

/* One reason against a request. */
struct reason {
    std::uint32_t code; /* one of LIFESTAGE_REASON_... */
    std::string_view message;
};

/* Every reason, and the lawful way; or nothing, when the request is not refused. It belongs to the decision. */
class refusal {
public:
    explicit refusal(const lifestage_refusal *raw) noexcept : raw_(raw) {}
    explicit operator bool() const noexcept { return raw_ != nullptr; }
    std::size_t size() const noexcept { return lifestage_refusal_count(raw_); }
    reason operator[](std::size_t index) const {
        auto message = detail::viewed(
            [&](auto data, auto length, auto error) { return lifestage_refusal_message(raw_, index, data, length, error); });
        return {lifestage_refusal_code(raw_, index), message ? *message : std::string_view()};
    }
    bool has(std::uint32_t code) const {
        for (reason reason : *this)
            if (reason.code == code) return true;
        return false;
    }
    /* The ids of the moves that lead there. */
    std::vector<std::string_view> route() const {
        std::vector<std::string_view> moves(lifestage_refusal_route_length(raw_));
        for (std::size_t index = 0; index < moves.size(); index++) {
            auto id = detail::viewed(
                [&](auto data, auto length, auto error) { return lifestage_refusal_route_move(raw_, index, data, length, error); });
            if (id) moves[index] = *id;
        }
        return moves;
    }
    result<buffer> json() const {
        return detail::made<buffer, lifestage_buffer>([&](auto out, auto error) { return lifestage_refusal_json(raw_, out, error); });
    }

    class iterator {
    public:
        iterator(const refusal &of, std::size_t at) noexcept : of_(&of), at_(at) {}
        reason operator*() const { return (*of_)[at_]; }
        iterator &operator++() noexcept { return ++at_, *this; }
        bool operator!=(const iterator &other) const noexcept { return at_ != other.at_; }

    private:
        const refusal *of_;
        std::size_t at_;
    };
    iterator begin() const noexcept { return {*this, 0}; }
    iterator end() const noexcept { return {*this, size()}; }

private:
    const lifestage_refusal *raw_;
};

enum class outcome : std::uint32_t {
    none = 0,
    moved = LIFESTAGE_OUTCOME_MOVED,
    proposed = LIFESTAGE_OUTCOME_PROPOSED,
    unchanged = LIFESTAGE_OUTCOME_UNCHANGED,
    refused = LIFESTAGE_OUTCOME_REFUSED,
};

/* What the library says to a request. */
class decision : public detail::handle<lifestage_decision, lifestage_decision_free> {
public:
    using handle::handle;
    lifestage::outcome outcome() const noexcept { return static_cast<lifestage::outcome>(lifestage_decision_outcome(raw_)); }
    /* Whether there is something to write. */
    bool writes() const noexcept { return outcome() == outcome::moved || outcome() == outcome::proposed; }
    result<std::string_view> stage() const {
        return detail::viewed([&](auto data, auto length, auto error) { return lifestage_decision_stage(raw_, data, length, error); });
    }
    std::uint64_t expected_version() const noexcept { return lifestage_decision_expected_version(raw_); }
    result<buffer> change() const {
        return detail::made<buffer, lifestage_buffer>([&](auto out, auto error) { return lifestage_decision_change(raw_, out, error); });
    }
    result<lifestage::record> record() const {
        return detail::made<lifestage::record, lifestage_record>(
            [&](auto out, auto error) { return lifestage_decision_record(raw_, out, error); });
    }
    lifestage::refusal refusal() const noexcept { return lifestage::refusal(lifestage_decision_refusal(raw_)); }
};

/* A definition, checked and compiled. */
class pipeline : public detail::handle<lifestage_pipeline, lifestage_pipeline_free> {
public:
    using handle::handle;
    static result<pipeline> from_json(std::string_view json, std::uint32_t version = 1) {
        return detail::made<pipeline, lifestage_pipeline>(
            [&](auto out, auto error) { return lifestage_pipeline_from_json(detail::bytes(json), json.size(), version, out, error); });
    }
    result<buffer> call(std::string_view operation, std::string_view input = {}) const {
        return detail::made<buffer, lifestage_buffer>([&](auto out, auto error) {
            return lifestage_pipeline_call(raw_, detail::bytes(operation), operation.size(), detail::bytes(input), input.size(), out, error);
        });
    }
    result<lifestage::decision> decide(const record &record, const request &request, const actor &actor, std::int64_t now) const {
        return detail::made<lifestage::decision, lifestage_decision>([&](auto out, auto error) {
            return lifestage_pipeline_decide(raw_, record.get(), request.get(), actor.get(), now, out, error);
        });
    }

    /* The short form of an answer in memory of one's own: how much of it was written. */
    result<std::size_t> decide_json(std::string_view input, slice<char> answer) const {
        return detail::asked<std::size_t>([&](auto out, auto error) {
            return lifestage_pipeline_decide_json(raw_, detail::bytes(input), input.size(), reinterpret_cast<std::uint8_t *>(answer.data()),
                                                  answer.size(), out, error);
        });
    }

    result<std::string_view> id() const {
        return detail::viewed([&](auto data, auto length, auto error) { return lifestage_pipeline_id(raw_, data, length, error); });
    }
    std::uint32_t stage_count() const noexcept { return lifestage_pipeline_stage_count(raw_); }
    std::uint32_t move_count() const noexcept { return lifestage_pipeline_move_count(raw_); }
    std::uint32_t slot_count() const noexcept { return lifestage_pipeline_slot_count(raw_); }
    result<std::string_view> stage_id(std::uint32_t index) const {
        return detail::viewed([&](auto data, auto length, auto error) { return lifestage_pipeline_stage_id(raw_, index, data, length, error); });
    }
    result<std::string_view> move_id(std::uint32_t index) const {
        return detail::viewed([&](auto data, auto length, auto error) { return lifestage_pipeline_move_id(raw_, index, data, length, error); });
    }
    result<std::uint32_t> stage_index(std::string_view id) const { return position(lifestage_pipeline_stage_index, id); }
    result<std::uint32_t> move_index(std::string_view id) const { return position(lifestage_pipeline_move_index, id); }
    result<std::uint32_t> slot_index(std::string_view name) const { return position(lifestage_pipeline_slot_index, name); }
    result<std::uint32_t> slot_kind(std::uint32_t slot) const {
        return detail::asked<std::uint32_t>([&](auto out, auto error) { return lifestage_pipeline_slot_kind(raw_, slot, out, error); });
    }
    result<std::uint32_t> symbol(std::uint32_t slot, std::string_view value) const {
        return detail::asked<std::uint32_t>([&](auto out, auto error) {
            return lifestage_pipeline_symbol(raw_, slot, detail::bytes(value), value.size(), out, error);
        });
    }
    result<std::uint64_t> roles(slice<const std::string_view> roles) const {
        std::vector<const std::uint8_t *> data;
        std::vector<std::size_t> lengths;
        for (std::string_view role : roles) data.push_back(detail::bytes(role)), lengths.push_back(role.size());
        return detail::asked<std::uint64_t>([&](auto out, auto error) {
            return lifestage_pipeline_roles(raw_, data.data(), lengths.data(), data.size(), out, error);
        });
    }

    /* The position of the stage that a move leads to, or one of LIFESTAGE_VERDICT_... */
    result<std::uint16_t> verdict(std::uint32_t stage, std::uint32_t move, std::uint64_t roles, std::uint32_t flags,
                                  slice<const lifestage_fact> facts) const {
        return detail::asked<std::uint16_t>([&](auto out, auto error) {
            return lifestage_pipeline_verdict(raw_, stage, move, roles, flags, facts.data(), facts.size(), out, error);
        });
    }
    result<std::uint16_t> verdict_by_words(std::uint32_t stage, std::uint32_t move, std::uint64_t roles, std::uint32_t flags,
                                           slice<const std::uint64_t> words, std::uint64_t known, std::uint64_t present) const {
        return detail::asked<std::uint16_t>([&](auto out, auto error) {
            return lifestage_pipeline_verdict_by_words(raw_, stage, move, roles, flags, words.data(), words.size(), known, present, out, error);
        });
    }
    /* How many moves are open; the positions of as many as there is room for are written. */
    result<std::size_t> open_moves(std::uint32_t stage, std::uint64_t roles, std::uint32_t flags, slice<const lifestage_fact> facts,
                                   slice<std::uint32_t> moves) const {
        return detail::asked<std::size_t>([&](auto out, auto error) {
            return lifestage_pipeline_open_moves(raw_, stage, roles, flags, facts.data(), facts.size(), moves.data(), moves.size(), out, error);
        });
    }
    /* `rows` of the batch becomes the number of codes; `struct_size` is set. */
    result<void> decide_batch(lifestage_batch batch, slice<std::uint16_t> codes) const { return judged(batch, codes); }
    result<void> decide_batch(lifestage_batch batch, slice<std::uint8_t> codes) const { return judged(batch, codes); }

private:
    template <class Find>
    result<std::uint32_t> position(Find find, std::string_view id) const {
        return detail::asked<std::uint32_t>([&](auto out, auto error) { return find(raw_, detail::bytes(id), id.size(), out, error); });
    }
    template <class Code>
    result<void> judged(lifestage_batch batch, slice<Code> codes) const {
        batch.struct_size = sizeof batch;
        batch.rows = codes.size();
        return detail::done(
            [&](auto error) { return lifestage_pipeline_decide_batch(raw_, &batch, codes.data(), sizeof(Code), error); });
    }
};

/* A store and the pipelines published in it. */
class workspace : public detail::handle<lifestage_workspace, lifestage_workspace_free> {
public:
    using handle::handle;
    static result<workspace> sqlite(std::string_view path, std::string_view tenant) {
        return detail::made<workspace, lifestage_workspace>([&](auto out, auto error) {
            return lifestage_workspace_open_sqlite(detail::bytes(path), path.size(), detail::bytes(tenant), tenant.size(), out, error);
        });
    }
    static result<workspace> memory(std::string_view tenant) {
        return detail::made<workspace, lifestage_workspace>(
            [&](auto out, auto error) { return lifestage_workspace_open_memory(detail::bytes(tenant), tenant.size(), out, error); });
    }
    /* `drop` of the store is called once, whatever comes of it. */
    static result<workspace> host(const lifestage_store &store, std::string_view tenant) {
        return detail::made<workspace, lifestage_workspace>(
            [&](auto out, auto error) { return lifestage_workspace_open_host(&store, detail::bytes(tenant), tenant.size(), out, error); });
    }
    result<buffer> call(std::string_view operation, std::string_view input = {}) const {
        return detail::made<buffer, lifestage_buffer>([&](auto out, auto error) {
            return lifestage_workspace_call(raw_, detail::bytes(operation), operation.size(), detail::bytes(input), input.size(), out, error);
        });
    }
};

/* Asks what needs neither pipeline nor workspace. */
inline result<buffer> call(std::string_view operation, std::string_view input = {}) {
    return detail::made<buffer, lifestage_buffer>([&](auto out, auto error) {
        return lifestage_call(detail::bytes(operation), operation.size(), detail::bytes(input), input.size(), out, error);
    });
}

/* The word of a value, for `pipeline::verdict_by_words`. */
inline result<std::uint64_t> word(const lifestage_fact &fact) {
    return detail::asked<std::uint64_t>([&](auto out, auto error) { return lifestage_fact_word(&fact, out, error); });
}

/* Whether the library is the one that this was compiled for. */
inline bool fits() noexcept {
    return lifestage_abi_version() == LIFESTAGE_ABI_VERSION;
}

}  // namespace lifestage

#endif
