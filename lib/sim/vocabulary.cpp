#include "sim/vocabulary.hpp"

#include "chat/json_text.hpp"

#include <algorithm>
#include <array>

namespace aloft::sim {
namespace {

// Tokens are cut at |. Among an action's tokens @ stands for a coordinate.
constexpr std::array<std::string_view, 12> sentences{
    "The| current| screen| shows| the| home| page| of| the| phone|.",
    " I| can| see| the| search| box| at| the| top| of| the| list|.",
    " The| user| wants| to| open| the| settings| first|.",
    " There| is| a| button| labelled| \"|OK|\"| near| the| bottom|.",
    " The| page| has| not| finished| loading| yet|,| so| a| short| wait| is| safer|.",
    " The| previous| tap| seems| to| have| had| no| effect|.",
    " Next| I| should| scroll| down| to| find| the| entry|.",
    " The| keyboard| is| visible|,| which| means| that| the| field| has| focus|.",
    "\n|Let| me| check| the| coordinates| of| the| target| again|.",
    "当前|界面|是|系统|桌面|，|我|需要|先|打开|应用|。",
    "搜索|框|在|屏幕|顶部|，|点击|它|就|可以|输入|。",
    "页面|已经|加载|完成|，|下一步|选择|第一个|结果|。",
};

constexpr std::array<std::string_view, 12> actions{
    "do|(action|=\"|Tap|\",| element|=[|@|,|@|])",
    "do|(action|=\"|Tap|\",| element|=[|@|,|@|])",
    "do|(action|=\"|Launch|\",| app|=\"|Settings|\")",
    "do|(action|=\"|Launch|\",| app|=\"|微信|\")",
    "do|(action|=\"|Type|\",| text|=\"|hello| world|\")",
    "do|(action|=\"|Swipe|\",| start|=[|@|,|@|],| end|=[|@|,|@|])",
    "do|(action|=\"|Long| Press|\",| element|=[|@|,|@|])",
    "do|(action|=\"|Double| Tap|\",| element|=[|@|,|@|])",
    "do|(action|=\"|Back|\")",
    "do|(action|=\"|Home|\")",
    "do|(action|=\"|Wait|\",| duration|=\"|2| seconds|\")",
    "finish|(message|=\"|The| task| is| done|.|\")",
};

constexpr unsigned numbers = 1000; // the grid of AutoGLM's screens
constexpr token coordinate = 0; // stands for any of them

} // namespace

const vocabulary& vocabulary::instance()
{
    static const vocabulary made;
    return made;
}

vocabulary::vocabulary()
{
    intern("@");
    first_number_ = static_cast<token>(escaped_.size());
    for (unsigned number = 0; number != numbers; ++number)
        intern(std::to_string(number));
    for (const auto sentence : sentences)
        sentences_.push_back(split(sentence));
    for (const auto action : actions)
        actions_.push_back(split(action));
    opening_ = split("<think>");
    turn_ = split("</think>|\n|<answer>");
    known_.clear();
}

token vocabulary::intern(std::string_view text)
{
    if (const auto found = known_.find(text); found != known_.end())
        return found->second;
    const auto made = static_cast<token>(escaped_.size());
    escaped_.emplace_back();
    chat::json::append_escaped(escaped_.back(), text);
    known_.emplace(text, made);
    return made;
}

std::vector<token> vocabulary::split(std::string_view marked)
{
    std::vector<token> tokens;
    for (std::size_t at = 0; at <= marked.size();) {
        const auto end = std::min(marked.find('|', at), marked.size());
        tokens.push_back(intern(marked.substr(at, end - at)));
        at = end + 1;
    }
    return tokens;
}

std::size_t vocabulary::thought_of(const std::vector<token>& reply) const noexcept
{
    const auto end = std::find(reply.begin(), reply.end(), turn_.front());
    return static_cast<std::size_t>(end - reply.begin()) + (end == reply.end() ? 0 : 1);
}

std::vector<token> vocabulary::compose(random_source& random, std::size_t wanted) const
{
    std::vector<token> action;
    append_action(random, action);
    const auto around = opening_.size() + turn_.size() + action.size();

    std::vector<token> reply;
    reply.reserve(std::max(wanted, around));
    reply.insert(reply.end(), opening_.begin(), opening_.end());
    append_thought(random, wanted > around ? wanted - around : 0, reply);
    reply.insert(reply.end(), turn_.begin(), turn_.end());
    reply.insert(reply.end(), action.begin(), action.end());
    return reply;
}

void vocabulary::append_action(random_source& random, std::vector<token>& to) const
{
    to = actions_[random.below(actions_.size())];
    for (auto& one : to) {
        if (one == coordinate)
            one = static_cast<token>(first_number_ + random.below(numbers));
    }
}

void vocabulary::append_thought(random_source& random, std::size_t count,
                                std::vector<token>& to) const
{
    while (count != 0) {
        const auto& sentence = sentences_[random.below(sentences_.size())];
        const auto taken = std::min(count, sentence.size());
        to.insert(to.end(), sentence.begin(),
                  sentence.begin() + static_cast<std::ptrdiff_t>(taken));
        count -= taken;
    }
}

} // namespace aloft::sim
