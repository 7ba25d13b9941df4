package countersign.label_test

import rego.v1

labelled(label, field) := {
	"step": {"work": "classify", "field": "category", "subject": ["note"]},
	"proposal": {"output": {"output": "label", "field": field, "label": label, "alternatives": []}},
	"options": {"category": ["travel", "meals"]},
	"mentions": {"reason": [], "summary": []},
}

test_a_listed_word_passes if count(data.countersign.proposal.deny) == 0 with input as labelled("travel", "category")

test_no_word_passes if count(data.countersign.proposal.deny) == 0 with input as labelled(null, "category")

test_another_word_is_denied if count(data.countersign.proposal.deny) == 1 with input as labelled("approved", "category")

test_another_field_is_denied if count(data.countersign.proposal.deny) > 0 with input as labelled("travel", "approval")

test_another_kind_of_answer_is_denied if {
	asked := {"step": {"work": "prepare"}}
	count(data.countersign.proposal.deny) > 0 with input as object.union(labelled("travel", "category"), asked)
}
