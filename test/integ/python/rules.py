RULES = {"fail": "told to"}
