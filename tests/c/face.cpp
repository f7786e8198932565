// The C++ face: what it hands out frees itself, errors are values, and it needs no exceptions.
#include "lifestage.hpp"

#include <array>
#include <type_traits>

#include "host.h"

static std::string read(const char *path) {
    char *text = proof_read(path);
    std::string read(text);
    free(text);
    return read;
}

template <class T>
constexpr bool moves_only = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                            !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;
static_assert(moves_only<lifestage::pipeline> && moves_only<lifestage::record> && moves_only<lifestage::request>);
static_assert(moves_only<lifestage::actor> && moves_only<lifestage::decision> && moves_only<lifestage::workspace>);
static_assert(moves_only<lifestage::buffer> && moves_only<lifestage::error>);
#if __cplusplus >= 202002L
static_assert(std::is_same_v<lifestage::slice<int>, std::span<int>>);
#endif

static lifestage::pipeline deals() {
    auto pipeline = lifestage::pipeline::from_json(read(PROOF_ROOT "/tests/c/deals.json"));
    CHECK(pipeline && pipeline.has_value());
    return std::move(*pipeline);
}

static lifestage::record deal() {
    auto record = lifestage::record::make("deal-1");
    CHECK(record && record->set_stage("inbox") && record->set_int("budget", 5000) && record->set_text("source", "web"));
    CHECK(record->set_version(3) && record->set_owner("mia") && record->set_double("rate", 0.5) && record->set_bool("signed", true));
    CHECK(record->set_entered_at(PROOF_NOW) && record->set_facts(R"({"tags": ["a"]})"));
    return std::move(*record);
}

static void errors() {
    auto none = lifestage::pipeline::from_json("{");
    CHECK(!none && none.error().status() == LIFESTAGE_STATUS_INVALID_DEFINITION);
    CHECK(none.error().name() == "invalid_definition" && none.error().message().size() > 0);
    CHECK(none.error().detail().find("\"findings\":[") != std::string_view::npos);
    CHECK(none.error().message().data()[none.error().message().size()] == 0);
    auto record = deal();
    auto not_kept = record.set_double("rate", 1e308 * 10);
    CHECK(!not_kept && not_kept.error().status() == LIFESTAGE_STATUS_INVALID_ARGUMENT);
    CHECK(lifestage::error().status() == LIFESTAGE_STATUS_OK && lifestage::error().message().empty());
#if defined(__cpp_exceptions)
    try {
        (void)none.value();
        FAIL("nothing is thrown");
    } catch (const lifestage::failure &failure) {
        CHECK(failure.status() == LIFESTAGE_STATUS_INVALID_DEFINITION && failure.what() == none.error().message());
    }
    try {
        not_kept.value();
        FAIL("nothing is thrown");
    } catch (const lifestage::failure &failure) {
        CHECK(failure.status() == LIFESTAGE_STATUS_INVALID_ARGUMENT);
    }
#endif
}

static void handles() {
    lifestage::record one = deal(), other = std::move(one);
    CHECK(one.get() == nullptr && one.version() == 0 && other.version() == 3);
    CHECK(one.id().error().status() == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(other.id().value() == "deal-1" && other.stage().value() == "inbox");
    one = std::move(other);
    lifestage::record &same = one;
    one = std::move(same);
    CHECK(one.version() == 3);
    lifestage_record *raw = one.release();
    CHECK(raw != nullptr && one.get() == nullptr);
    other = lifestage::record(raw);
    auto again = lifestage::record::from_json(*other.json());
    CHECK(again && again->json()->str() == other.json()->view());
}

static void decisions() {
    const auto pipeline = deals();
    const auto record = deal();
    auto mia = lifestage::actor::person("mia");
    CHECK(mia && mia->add_role("member") && lifestage::actor::automation("night"));
    auto now = lifestage::micros(std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>(std::chrono::seconds(1772442000)));
    CHECK(now == PROOF_NOW);

    auto offer = lifestage::request::move("offer");
    CHECK(offer && offer->expect_version(3) && offer->set_key("k") && offer->effective_at(now));
    auto decision = pipeline.decide(record, *offer, *mia, now);
    CHECK(decision && decision->outcome() == lifestage::outcome::moved && decision->writes() && !decision->refusal());
    CHECK(*decision->stage() == "offer" && decision->expected_version() == 3);
    CHECK(decision->change()->view().find("\"key\":\"k\"") != std::string_view::npos);
    auto after = decision->record();
    CHECK(after && after->version() == 4);

    auto contract = lifestage::request::from_json(R"({"move": "contract"})");
    auto missing = pipeline.decide(*after, *contract, *mia, now);
    CHECK(missing->refusal().has(LIFESTAGE_REASON_MISSING_INPUT) && missing->refusal().size() == 1);
    CHECK(contract->set_input("amount", "7") && pipeline.decide(*after, *contract, *mia, now)->writes());

    auto forced = lifestage::request::to("customer");
    CHECK(forced && forced->force("because"));
    auto refused = pipeline.decide(record, *forced, *mia, now);
    CHECK(refused->outcome() == lifestage::outcome::refused && !refused->writes() && !refused->change());
    std::size_t seen = 0;
    for (auto reason : refused->refusal()) {
        CHECK(reason.code != 0 && !reason.message.empty());
        seen++;
    }
    CHECK(seen == refused->refusal().size() && seen > 0 && refused->refusal().json());

    auto sign = pipeline.decide(record, *lifestage::request::move("sign"), *mia, now);
    auto route = sign->refusal().route();
    CHECK(route.size() == 3 && route[0] == "offer" && route[2] == "sign");
}

static void hot() {
    const auto pipeline = deals();
    CHECK(*pipeline.id() == "deals" && pipeline.stage_count() == 4 && pipeline.move_count() == 5);
    CHECK(*pipeline.stage_id(1) == "offer" && *pipeline.move_id(3) == "back" && !pipeline.stage_id(9));
    CHECK(*pipeline.stage_index("offer") == 1 && *pipeline.move_index("back") == 3 && !pipeline.slot_index("none"));
    const std::string_view names[] = {"member"};
    const std::uint64_t member = *pipeline.roles(names);
    const auto budget = *pipeline.slot_index("budget"), source = *pipeline.slot_index("source");
    std::vector<lifestage_fact> facts(pipeline.slot_count());
    facts[budget].kind = LIFESTAGE_FACT_INT, facts[budget].number = 1000;
    facts[source].kind = LIFESTAGE_FACT_SYMBOL, facts[source].number = *pipeline.symbol(source, "web");
    CHECK(*pipeline.verdict(0, 0, member, 0, facts) == 1);
    std::vector<std::uint64_t> words(facts.size());
    words[budget] = *lifestage::word(facts[budget]), words[source] = *lifestage::word(facts[source]);
    const std::uint64_t known = std::uint64_t(1) << budget | std::uint64_t(1) << source;
    CHECK(*pipeline.verdict_by_words(0, 0, member, 0, words, known, known) == 1);
    CHECK(*pipeline.verdict_by_words(0, 0, member, 0, words, 0, 0) == LIFESTAGE_VERDICT_UNMET);
    CHECK(!lifestage::word(lifestage_fact{}));
    std::array<std::uint32_t, 4> open{};
    CHECK(*pipeline.open_moves(1, member, LIFESTAGE_WHO_OWNER, facts, open) == 2 && open[0] == 1 && open[1] == 3);

    const std::string_view question = R"({"record": {"id": "a", "stage": "inbox"}, "request": {"to": "inbox"},)"
                                      R"( "actor": {"id": "mia", "roles": ["member"]}, "now": "2026-03-02T09:00:00Z"})";
    std::array<char, 100> answer{};
    auto written = pipeline.decide_json(question, answer);
    CHECK(written && std::string_view(answer.data(), *written) == R"({"outcome":"unchanged","to":"inbox"})");

    const std::uint8_t zeros[3] = {0, 0, 0};
    const std::uint64_t roles[3] = {member, 0, member};
    lifestage_batch batch{};
    batch.stages = batch.moves = zeros, batch.roles = roles;
    batch.stages_width = batch.moves_width = 1, batch.roles_width = 8;
    std::vector<std::uint16_t> codes(3);
    CHECK(pipeline.decide_batch(batch, lifestage::slice<std::uint16_t>(codes)));
    CHECK(codes[0] == LIFESTAGE_VERDICT_UNMET && codes[1] == LIFESTAGE_VERDICT_DENIED);
    std::uint8_t narrow[3];
    CHECK(pipeline.decide_batch(batch, lifestage::slice<std::uint8_t>(narrow)) && narrow[1] == (LIFESTAGE_VERDICT_DENIED & 0xff));
}

static void workspaces() {
    auto memory = lifestage::workspace::memory("acme");
    CHECK(memory && memory->call("pipelines")->view() == "[]");
    CHECK(memory->call("steal").error().status() == LIFESTAGE_STATUS_UNKNOWN_OPERATION);
    CHECK(!lifestage::workspace::sqlite("/nowhere/at/all.db", "acme"));
    host it;
    lifestage_store store = host_store(&it);
    {
        auto own = lifestage::workspace::host(store, "acme");
        CHECK(own && it.dropped == 0);
        auto moved = std::move(own);
    }
    CHECK(it.dropped == 1);
    auto buffer = lifestage::buffer::make();
    CHECK(buffer && buffer->view().empty() && buffer->write("one ") && buffer->write("two") && buffer->view() == "one two");
    CHECK(lifestage::call("presets")->view().find("\"lead\"") != std::string_view::npos);
}

int main() {
    CHECK(lifestage::fits());
    errors();
    handles();
    decisions();
    hot();
    workspaces();
    return 0;
}
