package main

import "github.com/bulkhead/bulkhead/internal/seccomp"

// policyView is an explained policy, as JSON.
type policyView struct {
	Policy       string     `json:"policy"`
	Arch         string     `json:"arch"`
	Instructions int        `json:"instructions"`
	Calls        []callView `json:"calls"`
}

type callView struct {
	Name     string `json:"name"`
	ABI      string `json:"abi"`
	Number   int    `json:"number"`
	Decision string `json:"decision"`
	// Constant says that the kernel allows the call without running the filter.
	Constant bool       `json:"constant"`
	Rules    []ruleView `json:"rules"`
}

type ruleView struct {
	Action string `json:"action"`
	When   string `json:"when,omitempty"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
}

func newPolicyView(policy string, e *seccomp.Explanation, list []seccomp.Explained) policyView {
	v := policyView{Policy: policy, Arch: e.Arch.String(), Instructions: len(e.Program), Calls: []callView{}}
	for _, c := range list {
		one := callView{Name: c.Name, ABI: string(c.ABI), Number: c.Number, Decision: c.Text, Constant: c.Constant}
		for _, r := range c.Reasons {
			one.Rules = append(one.Rules, newRuleView(r))
		}
		v.Calls = append(v.Calls, one)
	}
	return v
}

func newRuleView(r seccomp.Reason) ruleView {
	return ruleView{Action: r.Action.String(), When: r.When, File: r.At.File, Line: r.At.Line}
}
