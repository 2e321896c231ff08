"""Train two classifiers on clinical measurements and write their held-out predictions.

Run: python classifier.py OUT_DIR   (pip install scikit-learn==1.9.1 pandas==3.1.1)

The data is scikit-learn's `load_diabetes` (442 patients, Efron et al. 2004, raw units), so age, sex and body mass are
real. The task made from it: does the disease progress further than the median within a year? Every patient is
predicted once, by a model that has not seen them (10-fold cross-validation), so all 442 are held out.
"""

import sys
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

bunch = load_diabetes(scaled=False, as_frame=True)
data, progression = bunch.data, bunch.target
median = progression.median()
truth = (progression > median).astype(int)
folds = StratifiedKFold(n_splits=10, shuffle=True, random_state=7)


def slices():
    """Groups a reviewer would ask about: sex as coded in the data, age and body-mass bands."""
    return pd.DataFrame({
        "sex": data["sex"].map({1.0: "sex 1", 2.0: "sex 2"}),
        "age_band": pd.cut(data["age"], [0, 39, 54, 120], labels=["under 40", "40 to 54", "55 and over"]),
        "bmi_band": pd.cut(data["bmi"], [0, 25, 30, 99], labels=["under 25", "25 to 30", "30 and over"]),
    })


def predictions(model):
    """One row a patient: truth, prediction, probability of each class, confidence in the prediction, groups."""
    probs = cross_val_predict(model, data, truth, cv=folds, method="predict_proba")
    names = ["slower", "faster"]
    pred = probs.argmax(axis=1)
    frame = pd.DataFrame({
        "id": [f"patient-{i:03d}" for i in range(len(truth))],
        "label": [names[t] for t in truth],
        "prediction": [names[p] for p in pred],
        "prob_slower": probs[:, 0].round(5),
        "prob_faster": probs[:, 1].round(5),
        "confidence": probs.max(axis=1).round(5),
    })
    return pd.concat([frame, slices()], axis=1)


out = Path(sys.argv[1])
tree = DecisionTreeClassifier(max_depth=6, min_samples_leaf=4, random_state=7)
linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.1))
predictions(tree).to_csv(out / "classifier-tree.csv", index=False, lineterminator="\n")
predictions(linear).to_csv(out / "classifier-logistic.csv", index=False, lineterminator="\n")
