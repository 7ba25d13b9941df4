package countersign.injection_test

import rego.v1

said(place, kind, known) := {
	"step": {"work": "prepare"},
	"proposal": {"output": {"output": "summary", "sentences": ["A claim."]}},
	"mentions": object.union(
		{"reason": [], "summary": []},
		{place: [{"kind": kind, "text": "x", "known": known}]},
	),
}

test_plain_text_passes if {
	count(data.countersign.proposal.deny) == 0 with input as said("summary", "email", true)
	count(data.countersign.proposal.escalate) == 0 with input as said("summary", "email", true)
}

test_an_unknown_way_out_is_denied if {
	every kind in ["link", "email", "iban"] {
		count(data.countersign.proposal.deny) == 1 with input as said("summary", kind, false)
		count(data.countersign.proposal.deny) == 1 with input as said("reason", kind, false)
	}
}

test_a_known_link_is_looked_at if count(data.countersign.proposal.escalate) == 1 with input as said("reason", "link", true)

test_an_unknown_figure_is_looked_at if {
	count(data.countersign.proposal.escalate) == 1 with input as said("summary", "figure", false)
	count(data.countersign.proposal.deny) == 0 with input as said("summary", "figure", false)
}

test_a_long_summary_is_denied if {
	long := {"proposal": {"output": {"sentences": ["a", "b"]}}}
	count(data.countersign.proposal.deny) == 1 with input as object.union(said("summary", "email", true), long)
		with data.limits as {"summary_sentences": "1", "sentence_characters": "10"}
}
