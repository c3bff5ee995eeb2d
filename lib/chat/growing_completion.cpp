#include "chat/growing_completion.hpp"

#include <algorithm>
#include <limits>

namespace aloft::chat {
namespace {

constexpr std::string_view usual_role = "assistant";

} // namespace

error_code growing_completion::append(const chunk& from)
{
    if (from.kind() != chunk_kind::deltas)
        return {};
    if (!whole_ && from.deltas().size() == 1 && fits(from.deltas().front())) {
        add(from.deltas().front());
        return {};
    }
    return widen().append(from);
}

bool growing_completion::fits(const delta& from) const noexcept
{
    const bool is_text = from.has_choice && from.index == 0 && from.usage == nullptr &&
                         from.reasoning.empty() && from.refusal.empty() &&
                         from.tool_calls.empty() && (from.role.empty() || from.role == usual_role);
    const bool is_named = named_ || (!from.id.empty() && !from.model.empty() &&
                                     std::max(from.id.size(), from.model.size()) <
                                         std::numeric_limits<std::uint32_t>::max());
    return is_text && is_named && !ended_ &&
           from.content.size() <= completion::default_limit - content_.size();
}

void growing_completion::add(const delta& from)
{
    if (!named_) {
        named_ = true;
        names_.reserve(from.id.size() + from.model.size());
        names_.append(from.id).append(from.model);
        id_size_ = static_cast<std::uint32_t>(from.id.size());
        model_size_ = static_cast<std::uint32_t>(from.model.size());
    }
    if (created_ == 0)
        created_ = from.created();
    begun_ = true;
    has_role_ = has_role_ || !from.role.empty();
    has_content_ = has_content_ || from.has_content();
    content_ += from.content;
    if (from.finished()) {
        ended_ = true;
        names_ += from.finish_reason;
    }
}

completion& growing_completion::widen()
{
    if (whole_)
        return *whole_;
    whole_ = std::make_unique<completion>();
    const std::string_view names = names_;
    whole_->id_ = names.substr(0, id_size_);
    whole_->model_ = names.substr(id_size_, model_size_);
    whole_->created_ = created_;
    whole_->size_ = content_.size();
    if (begun_) {
        auto& only = whole_->choices_.emplace_back();
        if (has_role_)
            only.role = usual_role;
        if (has_content_)
            only.content = std::move(content_);
        only.finish_reason = names.substr(id_size_ + std::size_t{model_size_});
    }
    content_ = names_ = {};
    return *whole_;
}

} // namespace aloft::chat
