def report(case, summary, made, days, draws, weights, prior):
    return "<html></html>"
