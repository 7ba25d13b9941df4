# Text in the words of an agent that leads somewhere the case does not know.
#
# A document from outside may try to speak through the agent. Links are never needed in a reason or a summary;
# an address or account number is accepted only when somebody in the case has written it.
package countersign.proposal

import rego.v1

names := {"link": "link", "email": "e-mail address", "iban": "account number", "figure": "figure"}

deny contains message if {
	some place in ["reason", "summary"]
	some mention in input.mentions[place]
	mention.kind in ["link", "email", "iban"]
	not mention.known
	message := sprintf("the agent's %s names the %s %s, which nobody in this case has written", [
		place,
		names[mention.kind],
		mention.text,
	])
}

escalate contains {"code": "link_in_text", "message": message} if {
	some place in ["reason", "summary"]
	some mention in input.mentions[place]
	mention.kind == "link"
	mention.known
	message := sprintf("the agent's %s repeats a link from the inputs", [place])
}

escalate contains {"code": "unknown_figure", "message": message} if {
	some mention in input.mentions.summary
	mention.kind == "figure"
	not mention.known
	message := sprintf("the summary names the figure %s, which is not in the inputs", [mention.text])
}

deny contains message if {
	count(input.proposal.output.sentences) > to_number(data.limits.summary_sentences)
	message := sprintf("the summary has more than %s sentences", [data.limits.summary_sentences])
}

deny contains message if {
	some sentence in input.proposal.output.sentences
	count(sentence) > to_number(data.limits.sentence_characters)
	message := sprintf("a sentence of the summary is longer than %s characters", [data.limits.sentence_characters])
}
